//! What chatctl asks for, as one line of JSON.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::names::AccountName;
use crate::range::{Content, Range};
use crate::store::accounts::AccountRole;
use crate::store::bans::Target;
use crate::store::retention::Rule;

use super::conversation::Conversation;
use super::secret::Secret;

/// An operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Make an account.
    AddAccount {
        /// Its name.
        name: AccountName,
        /// What it may do.
        role: AccountRole,
        /// Its password; without one it signs in by a token or a certificate.
        password: Option<Secret>,
    },
    /// Give an account another password.
    SetPassword {
        /// Whose.
        name: AccountName,
        /// The new one.
        password: Secret,
        /// Whether its sessions end.
        end_sessions: bool,
    },
    /// Remove an account and all that belongs to it; what it said stays.
    DeleteAccount {
        /// Whose.
        name: AccountName,
    },
    /// Keep an account out until it is resumed.
    Suspend {
        /// Whose.
        name: AccountName,
    },
    /// Let a suspended account in again.
    Resume {
        /// Whose.
        name: AccountName,
    },
    /// Have an account stay in its rooms without a session, or not.
    SetAlwaysOn {
        /// Whose.
        name: AccountName,
        /// Nothing: as the server's settings say.
        always_on: Option<bool>,
    },
    /// All accounts.
    Accounts,
    /// Make an invitation.
    AddInvitation {
        /// The role it gives.
        role: AccountRole,
        /// How many accounts may be made with it.
        uses: u32,
        /// When it ends.
        expires_at: Option<Timestamp>,
    },
    /// The invitations.
    Invitations {
        /// Those that are used up or expired as well.
        all: bool,
    },
    /// Withdraw an invitation.
    RevokeInvitation {
        /// Its number.
        id: u64,
    },
    /// Make a token of an account.
    AddToken {
        /// Whose.
        name: AccountName,
        /// What it is for.
        label: String,
    },
    /// The tokens of an account.
    Tokens {
        /// Whose.
        name: AccountName,
    },
    /// Revoke a token.
    RevokeToken {
        /// Whose.
        name: AccountName,
        /// Its number.
        id: u64,
        /// Whether the account's sessions end.
        end_sessions: bool,
    },
    /// Let a client certificate sign an account in.
    AddFingerprint {
        /// Whose.
        name: AccountName,
        /// SHA-256 of the certificate.
        fingerprint: String,
        /// What it is for.
        label: String,
    },
    /// The client certificates of an account.
    Fingerprints {
        /// Whose.
        name: AccountName,
    },
    /// Forget a client certificate.
    RemoveFingerprint {
        /// Whose.
        name: AccountName,
        /// SHA-256 of the certificate, or its first digits.
        fingerprint: String,
        /// Whether the account's sessions end.
        end_sessions: bool,
    },
    /// Remove the second factor of an account whose owner has lost it.
    RemoveTotp {
        /// Whose.
        name: AccountName,
    },
    /// The rooms.
    Rooms {
        /// Direct conversations as well.
        all: bool,
    },
    /// Files that people sent, the latest first.
    Files {
        /// Only those of this account.
        name: Option<AccountName>,
    },
    /// Remove a file for everybody.
    RemoveFile {
        /// Its key, or its address.
        file: String,
    },
    /// A page of a room's history.
    History {
        /// Which room.
        room: Conversation,
        /// Which entries.
        range: Range,
        /// Of which kind.
        content: Content,
        /// How many at most.
        len_max: usize,
    },
    /// The server's own certificate.
    Certificate,
    /// Make a new certificate of the server's own.
    RenewCertificate {
        /// With a new key, of which everybody who pinned the old one is warned.
        new_key: bool,
    },
    /// How the server is.
    Status,
    /// What a running server measures and warns of.
    Metrics,
    /// Keep an account or addresses out.
    AddBan(NewBan),
    /// The bans in force.
    Bans,
    /// Let them in again.
    LiftBan {
        /// Whom.
        target: Target,
    },
    /// Make a webhook of a room.
    AddWebhook {
        /// Which room.
        room: Conversation,
        /// The account that it speaks as; made if it is not there.
        name: AccountName,
        /// What it is for.
        label: String,
    },
    /// The webhooks.
    Webhooks,
    /// Remove a webhook.
    RemoveWebhook {
        /// Its number.
        id: u64,
    },
    /// The rules of retention.
    Retention,
    /// Give a room a rule of its own, or take it away.
    SetRetention {
        /// Which room.
        room: Conversation,
        /// The rule; nothing: it goes by the general one.
        rule: Option<Rule>,
    },
    /// What was done lately, and by whom.
    Audit {
        /// How many rows at most.
        len_max: usize,
    },
    /// A part of all that there is of a person.
    ExportUser {
        /// Who.
        name: AccountName,
        /// Where it goes on with what they said; `None`: the beginning.
        after: Option<u64>,
    },
    /// Remove an account with all that belongs to it.
    EraseUser {
        /// Whose.
        name: AccountName,
        /// Whether what they said is erased, too.
        with_messages: bool,
    },
    /// What chatctl needs to know to make a backup.
    Backup {
        /// Where it goes to, for the audit log.
        to: String,
    },
}

/// A ban to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewBan {
    /// Who is meant.
    pub target: Target,
    /// Why.
    pub reason: Option<String>,
    /// When it ends; `None`: when it is lifted.
    pub expires_at: Option<Timestamp>,
    /// Where the asker is from, if that is known.
    pub own_address: Option<IpAddr>,
    /// Whether it may hit those who run the server.
    pub force: bool,
}

impl Request {
    /// What the log calls it.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::AddAccount { .. } => "add_account",
            Self::SetPassword { .. } => "set_password",
            Self::DeleteAccount { .. } => "delete_account",
            Self::Suspend { .. } => "suspend",
            Self::Resume { .. } => "resume",
            Self::SetAlwaysOn { .. } => "set_always_on",
            Self::Accounts => "accounts",
            Self::AddInvitation { .. } => "add_invitation",
            Self::Invitations { .. } => "invitations",
            Self::RevokeInvitation { .. } => "revoke_invitation",
            Self::AddToken { .. } => "add_token",
            Self::Tokens { .. } => "tokens",
            Self::RevokeToken { .. } => "revoke_token",
            Self::AddFingerprint { .. } => "add_fingerprint",
            Self::Fingerprints { .. } => "fingerprints",
            Self::RemoveFingerprint { .. } => "remove_fingerprint",
            Self::RemoveTotp { .. } => "remove_totp",
            Self::Rooms { .. } => "rooms",
            Self::Files { .. } => "files",
            Self::RemoveFile { .. } => "remove_file",
            Self::History { .. } => "history",
            Self::Certificate => "certificate",
            Self::RenewCertificate { .. } => "renew_certificate",
            Self::Status => "status",
            Self::Metrics => "metrics",
            Self::AddBan(_) => "ban",
            Self::Bans => "bans",
            Self::LiftBan { .. } => "unban",
            Self::AddWebhook { .. } => "add_webhook",
            Self::Webhooks => "webhooks",
            Self::RemoveWebhook { .. } => "remove_webhook",
            Self::Retention => "retention",
            Self::SetRetention { .. } => "set_retention",
            Self::Audit { .. } => "audit",
            Self::Backup { .. } => "backup",
            Self::ExportUser { .. } => "export_user",
            Self::EraseUser { .. } => "erase_user",
        }
    }

    /// Whether it only looks.
    pub(super) fn is_harmless(&self) -> bool {
        match self {
            Self::Accounts
            | Self::Invitations { .. }
            | Self::Tokens { .. }
            | Self::Fingerprints { .. }
            | Self::Rooms { .. }
            | Self::Files { .. }
            | Self::History { .. }
            | Self::Certificate
            | Self::Status
            | Self::Metrics
            | Self::Bans
            | Self::Webhooks
            | Self::Retention
            | Self::Audit { .. }
            // Its beginning has been noted.
            | Self::ExportUser { after: Some(_), .. } => true,
            Self::AddAccount { .. }
            | Self::SetPassword { .. }
            | Self::DeleteAccount { .. }
            | Self::Suspend { .. }
            | Self::Resume { .. }
            | Self::SetAlwaysOn { .. }
            | Self::AddInvitation { .. }
            | Self::RevokeInvitation { .. }
            | Self::AddToken { .. }
            | Self::RevokeToken { .. }
            | Self::AddFingerprint { .. }
            | Self::RemoveFingerprint { .. }
            | Self::RemoveTotp { .. }
            | Self::RenewCertificate { .. }
            | Self::RemoveFile { .. }
            | Self::AddBan(_)
            | Self::LiftBan { .. }
            | Self::AddWebhook { .. }
            | Self::RemoveWebhook { .. }
            | Self::SetRetention { .. }
            // All that was ever said leaves the server.
            | Self::Backup { .. }
            | Self::ExportUser { after: None, .. }
            | Self::EraseUser { .. } => false,
        }
    }

    /// The account it is about.
    pub(super) fn account(&self) -> Option<&AccountName> {
        match self {
            Self::AddAccount { name, .. }
            | Self::SetPassword { name, .. }
            | Self::DeleteAccount { name }
            | Self::Suspend { name }
            | Self::Resume { name }
            | Self::SetAlwaysOn { name, .. }
            | Self::AddToken { name, .. }
            | Self::AddWebhook { name, .. }
            | Self::Tokens { name }
            | Self::RevokeToken { name, .. }
            | Self::AddFingerprint { name, .. }
            | Self::Fingerprints { name }
            | Self::RemoveFingerprint { name, .. }
            | Self::RemoveTotp { name }
            | Self::ExportUser { name, .. }
            | Self::EraseUser { name, .. } => Some(name),
            Self::Accounts
            | Self::AddInvitation { .. }
            | Self::Invitations { .. }
            | Self::RevokeInvitation { .. }
            | Self::Rooms { .. }
            | Self::Files { .. }
            | Self::RemoveFile { .. }
            | Self::History { .. }
            | Self::Certificate
            | Self::RenewCertificate { .. }
            | Self::Status
            | Self::Metrics
            | Self::AddBan(_)
            | Self::Bans
            | Self::LiftBan { .. }
            | Self::Webhooks
            | Self::RemoveWebhook { .. }
            | Self::Retention
            | Self::SetRetention { .. }
            | Self::Audit { .. }
            | Self::Backup { .. } => None,
        }
    }
}
