//! What happened, for whoever shows it.
//!
//! Texts and names are as the network sent them: pass them through [`super::text::plain`] before
//! they reach a terminal.

mod message;
mod people;

use std::path::PathBuf;
use std::time::Duration;

use crate::clock::Timestamp;

use super::action::{Place, Typing};
use super::connection::Security;
use super::trust::Refusal;

pub use message::{Edited, Entry, Origin, Outgoing, Page, Reacted, Redacted, Said, Stage, Unsent};
pub use people::{Known, Member, Presence, Room};

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
    /// What this server can do; after [`Event::Online`], and whenever it changes.
    Abilities(Abilities),
    /// The time from a question to its answer; about every 30 s, for who watches.
    Lag(Duration),
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
    /// A message of one's own is on its way, or how far it is has changed.
    Outgoing(Outgoing),
    /// Somebody said something; oneself: it is stored.
    Said(Said),
    /// A message got another text.
    Edited(Edited),
    /// A message was taken back.
    Redacted(Redacted),
    /// Somebody reacted to a message, or no longer does.
    Reacted(Reacted),
    /// Somebody writes; [`Typing::Done`] also when they spoke, left, or fell silent.
    Typing {
        /// The room, or the other side of a direct conversation.
        conversation: String,
        /// Who.
        nick: String,
        /// What they do.
        typing: Typing,
    },
    /// How far one has read, on whatever device.
    Marked {
        /// The room, or the other side of a direct conversation.
        conversation: String,
        /// The time of the last message read; `None`: none was.
        at: Option<Timestamp>,
    },
    /// Direct conversations of the last 30 days; after [`Event::Online`], for who watches. On a return
    /// only those in which something was said meanwhile.
    Conversations(Vec<Known>),
    /// All that was missed in a conversation has been told, after entering it or an outage.
    CaughtUp {
        /// The room, or the other side of a direct conversation.
        conversation: String,
    },
    /// The answer to [`super::Action::Page`].
    Page(Page),
    /// There is no answer to [`super::Action::Page`].
    NoPage {
        /// The room, or the other side of a direct conversation.
        conversation: String,
        /// What was asked for.
        place: Place,
        /// Why, ready to read.
        reason: String,
    },
    /// Somebody entered a room.
    Joined {
        /// Which.
        room: String,
        /// Who.
        nick: String,
        /// The account they are signed in to, if the server tells.
        account: Option<String>,
        /// Whether it was oneself.
        own: bool,
        /// When.
        at: Timestamp,
    },
    /// A room could not be entered.
    ShutOut {
        /// Which.
        room: String,
        /// Why, ready to read.
        reason: String,
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
    /// Somebody signed in or out.
    Account {
        /// Who.
        nick: String,
        /// The account; `None`: they are signed out.
        account: Option<String>,
    },
    /// Somebody changed the modes of a room.
    Mode {
        /// Which room.
        room: String,
        /// Who.
        by: String,
        /// What, such as `+o bob`.
        change: String,
        /// When.
        at: Timestamp,
    },
    /// Somebody's role in a room has changed; behind [`Event::Mode`], for who watches.
    Role {
        /// Which room.
        room: String,
        /// Whose.
        nick: String,
        /// All their prefixes now; empty: none.
        prefix: String,
    },
    /// The modes of a room, because somebody asked.
    Modes {
        /// Which room.
        room: String,
        /// Such as `+nt`.
        modes: String,
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
    /// Who set the topic that was told before, and when.
    TopicSetter {
        /// Which room.
        room: String,
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Who is in a room: all of them.
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
    /// How far a file on its way is.
    Transfer(Transfer),
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

/// What a server can do for this client. Source: its capabilities and ISUPPORT tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Tell earlier messages.
    pub history: bool,
    /// Find messages by their words.
    pub search: bool,
    /// Give messages another text.
    pub edits: bool,
    /// Take messages back.
    pub redactions: bool,
    /// Carry reactions.
    pub reactions: bool,
    /// Say which message another one answers.
    pub replies: bool,
    /// Show that somebody writes.
    pub typing: bool,
    /// Keep how far one has read.
    pub read_markers: bool,
    /// Take a message of several lines as one.
    pub multiline: bool,
    /// Tell of people outside one's rooms.
    pub watching: bool,
    /// Take files.
    pub uploads: bool,
    /// Ban accounts from rooms, written `a:NAME`.
    pub account_bans: bool,
}

/// A file on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The number that [`super::Action::Upload`] or [`super::Action::Download`] gave it.
    pub id: u64,
    /// How far it is.
    pub progress: Progress,
}

/// How far a file is. All but the first end it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Some of it is sent, or has come.
    Moved {
        /// So much.
        bytes: u64,
        /// Its size; 0 if nobody says.
        of: u64,
    },
    /// The server has it. Nobody was told yet.
    Stored {
        /// Where it is to be had.
        url: String,
    },
    /// It is saved.
    Saved {
        /// Where.
        path: PathBuf,
    },
    /// It was neither.
    Failed {
        /// Why, ready to read.
        reason: String,
    },
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
    /// The account has a second factor, and the code is missing, wrong, or was used.
    #[error("a code is needed (the server says: {0})")]
    CodeRequired(String),
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
