//! The command line of what is about one person.

use std::path::PathBuf;

use crate::names::AccountName;

/// Account, memberships, credentials without their secrets, files, and everything they said in rooms and in direct
/// conversations.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::chatctl) struct ExportUser {
    /// Who
    pub(in crate::chatctl) name: AccountName,
    /// A new archive (.tar.gz) with what they sent beside it; without one, JSON lines go to standard output
    pub(in crate::chatctl) file: Option<PathBuf>,
}

/// Tokens, certificates, memberships, metadata, webhooks and files go with the account.
#[derive(Clone, Debug, clap::Args)]
pub(in crate::chatctl) struct EraseUser {
    /// Who
    pub(in crate::chatctl) name: AccountName,
    /// What they said is erased, too, in rooms and in direct conversations
    #[arg(long)]
    pub(in crate::chatctl) messages: bool,
    /// Does not ask first
    #[arg(long, short)]
    pub(in crate::chatctl) yes: bool,
}
