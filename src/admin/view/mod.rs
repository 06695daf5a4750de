//! What is shown of things: the form of `chatctl --json`, where names and meanings stay the same.
//!
//! Never holds a secret, but for the one time when a code or a token is made.

mod entry;
mod measured;
mod oversight;
mod retention;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::clock::Timestamp;
use crate::room::{self, Flag, modes::Mode};
use crate::store::accounts::{self, AccountRole};

use super::secret::Secret;

pub use entry::{Entry, Event, Words};
pub use measured::{LivelyRoom, Metrics, Warning};
pub use oversight::{Ban, NewBan, Record};
pub use retention::{Retention, RoomRule};

/// A moment, as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// The nick it goes by.
    pub nick: String,
    /// The e-mail address its owner gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What it may do.
    pub role: AccountRole,
    /// Whether it may not sign in for now.
    pub suspended: bool,
    /// Whether it has a password.
    pub password: bool,
    /// Its sessions at this moment.
    pub sessions: usize,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last there.
    pub seen_at: Option<Moment>,
    /// Whether it stays in its rooms without a session; nothing: as the settings say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub always_on: Option<bool>,
}

/// An account that has no second factor any more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TotpRemoved {
    /// Whose it was.
    pub account: String,
}

/// What became of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChange {
    /// As it is now; a removed one as it was.
    #[serde(flatten)]
    pub account: Account,
    /// How many of its sessions had to end.
    pub sessions_ended: usize,
}

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its number.
    pub id: u64,
    /// The role it gives.
    pub role: AccountRole,
    /// How many accounts may still be made with it.
    pub uses_left: u32,
    /// When it ends; `None`: never.
    pub expires_at: Option<Moment>,
    /// Whether it can be used now.
    pub valid: bool,
    /// When it was made.
    pub created_at: Moment,
    /// Who made it.
    pub creator: String,
}

/// A new invitation with its code, which is shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInvitation {
    /// The code.
    pub code: Secret,
    /// The invitation.
    #[serde(flatten)]
    pub invitation: Invitation,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its number.
    pub id: u64,
    /// Whose it is.
    pub account: String,
    /// What it is for.
    pub label: String,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last used.
    pub used_at: Option<Moment>,
}

/// A new token with its text, which is shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewToken {
    /// The text.
    pub secret: Secret,
    /// The token.
    #[serde(flatten)]
    pub token: Token,
}

/// A webhook of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its number.
    pub id: u64,
    /// Where it speaks; nothing: the room is no more.
    pub room: Option<String>,
    /// In whose name.
    pub account: String,
    /// What it is for.
    pub label: String,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last used.
    pub used_at: Option<Moment>,
}

/// A new webhook with its address, which is shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewWebhook {
    /// The address, or its path where no server runs that has a web listener.
    pub address: Secret,
    /// The webhook.
    #[serde(flatten)]
    pub webhook: Webhook,
}

/// A client certificate that signs an account in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// SHA-256 of the certificate, 64 lower-case hex digits.
    pub fingerprint: String,
    /// Whose it is.
    pub account: String,
    /// What it is for.
    pub label: String,
    /// When it was added.
    pub created_at: Moment,
}

/// A file that somebody sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// What its address has behind `/files/`.
    pub key: String,
    /// What its sender calls it.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// What it is.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Who sent it, while they have an account.
    pub account: Option<String>,
    /// How many messages carry it.
    pub messages: u64,
    /// When it was sent.
    pub stored_at: Moment,
}

/// A room or a direct conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Its number.
    pub id: u64,
    /// Its name, or its parties as `alice+bob`.
    pub name: String,
    /// Whether it is a direct conversation.
    pub direct: bool,
    /// Who is in it, or the parties.
    pub members: usize,
    /// How many of them are there at this moment.
    pub online: usize,
    /// The account that made it.
    pub founder: Option<String>,
    /// Its modes, as `+nt`.
    pub modes: String,
    /// Its topic.
    pub topic: Option<String>,
    /// When it was made.
    pub created_at: Moment,
    /// Entries in its history.
    pub entries: u64,
    /// When somebody last said something.
    pub message_at: Option<Moment>,
}

/// The server's own certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// SHA-256, what other programs pin.
    pub fingerprint: String,
    /// SHA-256 of its public key, what our clients pin.
    pub key_fingerprint: String,
    /// The names and addresses it is for.
    pub names: Vec<String>,
    /// Who signed it.
    pub issuer: String,
    /// Not before.
    pub valid_from: Moment,
    /// Not after.
    pub expires_at: Moment,
    /// Whether its time is now.
    pub valid: bool,
    /// Whether the server makes it itself.
    pub self_made: bool,
    /// Whether an authority is asked for one (ACME).
    pub acme: bool,
    /// Why no new one could be got lately.
    pub failure: Option<String>,
    /// Where it is.
    pub file: String,
    /// Whether a running server shows it to its clients.
    pub in_force: bool,
}

/// How the server is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Whether it runs.
    pub running: bool,
    /// The version of what answers.
    pub version: String,
    /// Its process.
    pub pid: Option<u32>,
    /// When it started.
    pub started_at: Option<Moment>,
    /// Where it listens.
    pub addresses: Vec<String>,
    /// Connections that are signed in, guests included.
    pub sessions: usize,
    /// Accounts that are there.
    pub accounts_online: usize,
    /// Guests that are there.
    pub guests: usize,
    /// All accounts.
    pub accounts: usize,
    /// Those that are suspended.
    pub suspended: usize,
    /// Rooms.
    pub rooms: usize,
    /// Direct conversations.
    pub conversations: usize,
    /// Commits since it started.
    pub commits: u64,
    /// Entries in them.
    pub entries: u64,
    /// Commits that the store refused.
    pub failed_commits: u64,
    /// SHA-256 of the certificate that it shows.
    pub fingerprint: Option<String>,
    /// When that ends.
    pub certificate_expires_at: Option<Moment>,
    /// Why no new one could be got lately.
    pub certificate_failure: Option<String>,
    /// What an operator should look at now.
    #[serde(default)]
    pub warnings: Vec<Warning>,
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let moment = Timestamp::parse(&text).map(Self);
        moment.ok_or_else(|| serde::de::Error::custom("not a moment in the form of RFC 3339"))
    }
}

impl Invitation {
    pub(super) fn new(invitation: accounts::Invitation, now: Timestamp) -> Self {
        let expired = invitation.expires_at.is_some_and(|at| at <= now);
        Self {
            id: invitation.id,
            role: invitation.role,
            uses_left: invitation.uses_left,
            expires_at: invitation.expires_at.map(Moment),
            valid: invitation.uses_left > 0 && !expired,
            created_at: Moment(invitation.created_at),
            creator: invitation.creator,
        }
    }
}

/// A part of all that there is of a person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Exported {
    /// An object each, whose `type` says what it is.
    pub lines: Vec<serde_json::Value>,
    /// Where it goes on; `None`: this was the end.
    pub next: Option<u64>,
}

/// A person who is erased.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Erased {
    /// The account that was.
    pub name: String,
    /// Messages and reactions that were taken back; `None`: what they said stays.
    pub messages: Option<u64>,
    /// Files that were removed.
    pub files: u64,
    /// Sessions that ended.
    pub sessions_ended: usize,
    /// When.
    pub at: Moment,
}

/// The modes of a room in one word, its key left out.
pub(super) fn modes(settings: &room::state::Settings) -> String {
    let flag = |flag: &Flag| Mode::Flag(*flag).letter();
    let mut text: String = std::iter::once('+').chain(settings.flags.iter().map(flag)).collect();
    if settings.key.is_some() {
        text.push(Mode::Key.letter());
    }
    if let Some(limit) = settings.limit {
        text.push(Mode::Limit.letter());
        text.push_str(&format!(" {limit}"));
    }
    text
}
