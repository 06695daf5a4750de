//! The command line.

mod backup;
mod history;
mod person;
#[cfg(test)]
mod tests;
mod values;

use std::path::PathBuf;

use crate::admin::Conversation;
use crate::limits;
use crate::names::AccountName;
use crate::store::bans::Target;

use super::moment::Instant;
use super::top;

pub(super) use backup::{Backup, Restore, VerifyBackup};
pub(super) use history::{RetentionCommand, VerifyCommand};
pub(super) use person::{EraseUser, ExportUser};
use values::{AlwaysOn, Expiry};

const AFTER_HELP: &str = "\
Which server is meant is said with the words of the server itself: --data-dir, --config, CHAT_SECURE_DATA_DIR, \
CHAT_SECURE_CONFIG. If it runs, it does what is asked for, at once; if not, chatctl does it on its data. \
Run it as the server's user, or on a running server as root.

Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 there is no such thing, 4 there is such a thing already.";

/// Administers a chat-secure server, whether it runs or not.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "chatctl", version, after_help = AFTER_HELP, max_term_width = 110)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Arguments {
    /// The server's data directory [default: data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) data_dir: Option<PathBuf>,

    /// The server's configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,

    /// Answers in JSON, for programs
    #[arg(long, global = true)]
    pub(super) json: bool,

    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Makes an account
    Adduser {
        /// Its name
        name: AccountName,
        /// It may run the server
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        password: NewPassword,
        /// It has none, and signs in by a token or a client certificate
        #[arg(long, conflicts_with = "password_stdin")]
        no_password: bool,
    },
    /// Gives an account another password
    Passwd {
        /// Whose
        name: AccountName,
        #[command(flatten)]
        password: NewPassword,
        /// Ends its sessions, which else stay
        #[arg(long)]
        end_sessions: bool,
    },
    /// Makes the hash of a password, for server_password_hash; no server is asked
    HashPassword {
        #[command(flatten)]
        password: NewPassword,
    },
    /// Removes an account; what it said stays
    Deluser {
        /// Whose
        name: AccountName,
        /// Does not ask first
        #[arg(long, short)]
        yes: bool,
    },
    /// Keeps an account out, and ends its sessions
    Suspend {
        /// Whose
        name: AccountName,
    },
    /// Lets a suspended account in again
    Resume {
        /// Whose
        name: AccountName,
    },
    /// Has an account stay in its rooms without a connection, or leave them
    AlwaysOn {
        /// Whose
        name: AccountName,
        /// default: as the server's settings say
        setting: AlwaysOn,
    },
    /// Lists the accounts
    Users,
    /// Makes an invitation, with which somebody makes an account
    #[command(args_conflicts_with_subcommands = true)]
    Invite {
        #[command(subcommand)]
        command: Option<InviteCommand>,
        /// Who follows it may run the server
        #[arg(long)]
        admin: bool,
        /// How many accounts can be made with it
        #[arg(long, value_name = "N", default_value_t = 1,
              value_parser = clap::value_parser!(u32).range(1..=i64::from(limits::INVITATION_USES_MAX)))]
        uses: u32,
        /// When it ends: a time from now such as 12h, 7d, 4w, or never
        #[arg(long, value_name = "TIME", default_value = "7d")]
        expires: Expiry,
    },
    /// Tokens: further passwords of an account, one for each device or program
    #[command(subcommand)]
    Token(TokenCommand),
    /// Client certificates that sign an account in (SASL EXTERNAL)
    #[command(subcommand)]
    Certfp(CertfpCommand),
    /// Second factors (codes beside the password) of accounts
    #[command(subcommand)]
    Totp(TotpCommand),
    /// Lists the rooms
    Rooms {
        /// Direct conversations as well
        #[arg(long)]
        all: bool,
    },
    /// Files that people sent
    #[command(subcommand)]
    File(FileCommand),
    /// What happened in a room or a direct conversation
    #[command(subcommand)]
    History(HistoryCommand),
    /// The server's own certificate
    #[command(subcommand)]
    Cert(CertCommand),
    /// Tells how the server is
    Status,
    /// Shows what the server does, again and again
    Top(top::Options),
    /// Bans: accounts and addresses that are kept out
    #[command(subcommand)]
    Ban(BanCommand),
    /// Webhooks: secret addresses at which programs say something in a room
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// Shows how long history is kept, or sets it for a room
    Retention(RetentionCommand),
    /// Looks at the whole history, and says what in it is not as it was written
    Verify(VerifyCommand),
    /// Shows what administrators and operators did
    Audit {
        /// How many rows
        #[arg(long, short = 'n', value_name = "N", default_value_t = 50,
              value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Writes all that the server is made of into one file, while it runs
    Backup(Backup),
    /// Makes a server's data directory of a backup
    Restore(Restore),
    /// Writes all that the server has of a person
    ExportUser(ExportUser),
    /// Removes an account with all that belongs to it, for good
    EraseUser(EraseUser),
    /// Restores a backup for a moment, and goes through all of it
    VerifyBackup(VerifyBackup),
}

#[derive(Clone, Debug, clap::Args)]
pub(super) struct NewPassword {
    /// Takes the password from the first line of standard input; else it is asked for twice
    #[arg(long)]
    pub(super) password_stdin: bool,
}

#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum InviteCommand {
    /// Lists the invitations that can be used
    List {
        /// Those that are used up or expired as well
        #[arg(long)]
        all: bool,
    },
    /// Withdraws an invitation
    Revoke {
        /// Its number in the list
        id: u64,
    },
}

#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum TokenCommand {
    /// Makes a token and shows it this once
    Add {
        /// Whose
        name: AccountName,
        /// What it is for, such as the device
        #[arg(long)]
        label: String,
    },
    /// Lists the tokens of an account
    List {
        /// Whose
        name: AccountName,
    },
    /// Revokes a token
    Revoke {
        /// Whose
        name: AccountName,
        /// Its number in the list
        id: u64,
        /// Ends all sessions of the account, not only those that came in by it
        #[arg(long)]
        end_sessions: bool,
    },
}

#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum CertfpCommand {
    /// Lets a client certificate sign the account in
    Add {
        /// Whom
        name: AccountName,
        /// SHA-256 of the certificate: 64 hexadecimal digits, colons allowed
        fingerprint: String,
        /// What it is for, such as the device
        #[arg(long)]
        label: String,
    },
    /// Lists the client certificates of an account
    List {
        /// Whose
        name: AccountName,
    },
    /// Forgets a client certificate
    Remove {
        /// Whose
        name: AccountName,
        /// Its fingerprint, or the first digits of it
        fingerprint: String,
        /// Ends all sessions of the account, not only those that came in by a certificate
        #[arg(long)]
        end_sessions: bool,
    },
}

#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum TotpCommand {
    /// Removes it, for who has lost the device and the recovery codes
    Remove {
        /// Whose
        name: AccountName,
    },
}

#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum FileCommand {
    /// Lists them, the latest first
    List {
        /// Only those of this account
        name: Option<AccountName>,
    },
    /// Removes one for everybody; the messages that carry it stay
    Remove {
        /// Its key in the list, or its address
        file: String,
    },
}

#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum HistoryCommand {
    /// Shows what happened last, or in a stretch of time
    Show {
        /// A room (lobby or '#lobby'), a direct conversation (alice+bob) or its number
        room: Conversation,
        /// How many entries
        #[arg(long, short = 'n', value_name = "N", default_value_t = 50,
              value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
        #[command(flatten)]
        stretch: Stretch,
    },
    /// Writes all of it, or a stretch of time, as JSON, one entry a line
    Export {
        /// A room (lobby or '#lobby'), a direct conversation (alice+bob) or its number
        room: Conversation,
        #[command(flatten)]
        stretch: Stretch,
    },
}

/// A stretch of time. A moment is `2025-11-20`, `2025-11-20 14:30`, RFC 3339, or a time back from
/// now such as `2h` or `7d`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Stretch {
    /// Only what is later: 2025-11-20, '2025-11-20 14:30' (local), RFC 3339, or 2h, 7d (ago)
    #[arg(long, value_name = "TIME")]
    pub(super) after: Option<Instant>,
    /// Only what is earlier
    #[arg(long, value_name = "TIME")]
    pub(super) before: Option<Instant>,
    /// Only what was said, not who came and went
    #[arg(long)]
    pub(super) messages: bool,
}

#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum CertCommand {
    /// Shows its fingerprints, names and end
    Show,
    /// Makes a new one for the same key, by which our clients know the server
    Renew {
        /// With a new key: everybody who pinned the old one is warned
        #[arg(long)]
        new_key: bool,
    },
}

#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum BanCommand {
    /// Keeps somebody out, and ends their sessions
    Add {
        /// account:NAME, an address, or a network such as 192.0.2.0/24
        target: Target,
        /// How long: such as 1h30m, 7d, 4w, or never, which is until it is lifted
        #[arg(long = "for", value_name = "TIME", default_value = "never")]
        length: Expiry,
        /// Why; who is kept out is told
        #[arg(long)]
        reason: Option<String>,
        /// Even if it hits an administrator, an operator, or this machine
        #[arg(long)]
        force: bool,
    },
    /// Lists the bans
    List,
    /// Lifts a ban
    Lift {
        /// As it stands in the list
        target: Target,
    },
}

#[derive(Clone, Debug, clap::Subcommand)]
pub(super) enum WebhookCommand {
    /// Makes one and shows its address this once
    Add {
        /// A room (lobby or '#lobby')
        room: Conversation,
        /// The name it speaks under: an account of its own, which is made
        name: AccountName,
        /// What it is for [default: its name]
        #[arg(long)]
        label: Option<String>,
    },
    /// Lists the webhooks
    List,
    /// Removes one: its address is nothing from then on
    Remove {
        /// Its number in the list
        id: u64,
    },
}
