//! What happened, for whoever shows it.
//!
//! Texts and names are as the network sent them: pass them through [`super::text::plain`] before
//! they reach a terminal.

use std::time::Duration;

use crate::clock::Timestamp;

use super::action::Kind;
use super::connection::Security;
use super::trust::Refusal;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The server is trusted; nothing was said to it yet.
    Secured(Security),
    /// Signed in and welcome.
    Online {
        /// The nick one has.
        nick: String,
        /// What the network calls itself.
        network: Option<String>,
        /// Whether this is a return after [`Event::Offline`].
        again: bool,
    },
    /// The account was made.
    SignedUp {
        /// Its name.
        account: String,
    },
    /// The connection is gone; another attempt follows.
    Offline {
        /// Why.
        reason: String,
        /// When the next attempt is made.
        retry_in: Duration,
    },
    /// Somebody said something; oneself: it is stored.
    Said(Said),
    /// A message got another text.
    Edited(Edited),
    /// A message was taken back.
    Redacted(Redacted),
    /// Somebody entered a room.
    Joined {
        /// Which.
        room: String,
        /// Who.
        nick: String,
        /// Whether it was oneself.
        own: bool,
        /// When.
        at: Timestamp,
    },
    /// Somebody is in a room no longer.
    Left {
        /// Which.
        room: String,
        /// Who.
        nick: String,
        /// Whether it was oneself.
        own: bool,
        /// How and why, ready to read: empty, or `kicked by bob: reason`.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// Somebody left the server.
    Quit {
        /// Who.
        nick: String,
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// Somebody has another nick.
    Renamed {
        /// Before.
        from: String,
        /// Now.
        to: String,
        /// Whether it was oneself.
        own: bool,
    },
    /// A room got another name; what was known of it is now known of that.
    RoomRenamed {
        /// Before.
        from: String,
        /// Now.
        to: String,
        /// Who did it.
        by: String,
        /// Why; may be empty.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// Somebody went or returned.
    Changed {
        /// Who.
        nick: String,
        /// Now.
        presence: Presence,
        /// When.
        at: Timestamp,
    },
    /// A room's topic.
    Topic {
        /// Which room.
        room: String,
        /// Who set it, if that happened just now.
        by: Option<String>,
        /// The topic; empty: none.
        text: String,
    },
    /// Who is in a room.
    Members {
        /// Which.
        room: String,
        /// They.
        members: Vec<Member>,
    },
    /// Which rooms there are.
    Rooms(Vec<Room>),
    /// What is known about a user.
    Whois {
        /// Who.
        nick: String,
        /// Ready to read.
        facts: Vec<String>,
    },
    /// Earlier messages were asked for and have all been shown.
    HistoryEnd {
        /// Whose.
        conversation: String,
        /// How many.
        count: usize,
    },
    /// A search is done, and what it found has been told.
    SearchEnd {
        /// How many messages.
        count: usize,
        /// Whether there may be more.
        more: bool,
    },
    /// An invitation to a room.
    Invited {
        /// Who invites.
        by: String,
        /// Whom.
        nick: String,
        /// Where to.
        room: String,
        /// Whether it is for oneself.
        own: bool,
    },
    /// Something the server tells.
    Info(String),
    /// Something could not be done.
    Failed {
        /// Why, ready to read.
        reason: String,
        /// The message that was not stored because of it.
        unsent: Option<Unsent>,
    },
    /// All actions before [`super::Action::Settle`] are done.
    Settled,
    /// Nothing follows.
    Ended(End),
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The room, or the other side of a direct conversation.
    pub conversation: String,
    /// Who.
    pub from: String,
    /// How.
    pub kind: Kind,
    /// What; a message of several lines has line feeds.
    pub text: String,
    /// When.
    pub at: Timestamp,
    /// The message's name on this server.
    pub msgid: Option<String>,
    /// Whether it was oneself.
    pub own: bool,
    /// How it came here.
    pub origin: Origin,
    /// The client tag by which its sender finds it again.
    pub mark: Option<String>,
}

/// A message's new text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The id of the message; it is the same for each of several edits.
    pub original: String,
    /// The edit: who made it, when, and the new text.
    pub said: Said,
}

/// A message that is there no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// The room, or the other side of a direct conversation.
    pub conversation: String,
    /// Who took it back: its author, or an operator.
    pub by: String,
    /// The id of the message, or of an edit that was taken back by itself.
    pub msgid: String,
    /// Why; may be empty.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// Whether it was oneself who took it back.
    pub own: bool,
    /// How it came here.
    pub origin: Origin,
}

/// How a message came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// As it was said.
    Live,
    /// Said before one came or while one was gone.
    Earlier,
    /// Because somebody asked for history; it may have been shown before.
    Asked,
    /// Because a search found it: neither new nor read, and out of any order with the others.
    Found,
}

/// A message that was not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// For whom.
    pub target: String,
    /// What.
    pub text: String,
}

/// Whether somebody is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// There.
    Online,
    /// Connected, but not there.
    Away(String),
    /// Not connected.
    Offline,
}

impl Presence {
    /// What an AWAY line says. Our server marks members without a connection by the text `offline`.
    #[must_use]
    pub fn of_away(text: &str) -> Self {
        match text {
            "" => Self::Online,
            "offline" => Self::Offline,
            other => Self::Away(other.into()),
        }
    }
}

/// Somebody in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub nick: String,
    /// `@` for an operator, `+` for voice and the like.
    pub prefix: String,
    /// Whether they are there.
    pub presence: Presence,
}

/// A room in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Its name.
    pub name: String,
    /// How many are in it, as the server writes it.
    pub members: String,
    /// Its topic.
    pub topic: String,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The user quit.
    Quit,
    /// Trying again would not help.
    Fatal(Fatal),
}

/// What no new attempt mends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fatal {
    /// The server is unknown, or not who it should be.
    #[error(transparent)]
    Untrusted(Box<Refusal>),
    /// No connection, ever or for too long.
    #[error("{0}")]
    Unreachable(String),
    /// Wrong name or password.
    #[error("wrong name or password (the server says: {0})")]
    SignIn(String),
    /// The account was not made.
    #[error("the account was not made: {text}")]
    SignUp {
        /// The server's word for it, such as `ACCOUNT_EXISTS`.
        code: String,
        /// Ready to read.
        text: String,
    },
    /// The server admits no guests.
    #[error(
        "this server admits nobody without an account ({0}); use --user NAME, or --invite CODE to make one"
    )]
    AccountRequired(String),
    /// The server does not want this client.
    #[error("the server refused: {0}")]
    Refused(String),
}
