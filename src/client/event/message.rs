//! Messages and what becomes of them: as they are said, told from history, on their way.
//!
//! Holds what is told; decides nothing.

use crate::client::action::{Kind, Mark, Place};
use crate::clock::Timestamp;

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
    /// The account of who said it, if the server tells.
    pub account: Option<String>,
    /// The id of the message that it answers.
    pub reply_to: Option<String>,
    /// The client tag by which its sender finds it again.
    pub mark: Option<String>,
    /// The number of the [`Outgoing`] message that is stored with this.
    pub local: Option<u64>,
}

impl Said {
    /// Its place in the conversation.
    #[must_use]
    pub fn place(&self) -> Mark {
        Mark { msgid: self.msgid.clone(), at: self.at }
    }
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

/// A reaction to a message. Source: IRCv3 draft/react.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reacted {
    /// The room, or the other side of a direct conversation.
    pub conversation: String,
    /// Who reacted.
    pub from: String,
    /// The id of the message.
    pub msgid: String,
    /// An emoji, or any short text.
    pub reaction: String,
    /// Whether it is given; otherwise it is taken back.
    pub on: bool,
    /// When.
    pub at: Timestamp,
    /// Whether it was oneself.
    pub own: bool,
    /// How it came here.
    pub origin: Origin,
}

/// Something in a page of history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A message.
    Said(Said),
    /// A message's new text.
    Edited(Edited),
    /// A message was taken back.
    Redacted(Redacted),
    /// A reaction.
    Reacted(Reacted),
}

/// A page of a conversation's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The room, or the other side of a direct conversation.
    pub conversation: String,
    /// What was asked for.
    pub place: Place,
    /// Oldest first, with [`Origin::Asked`]. Some may have been told before: compare their ids.
    pub entries: Vec<Entry>,
    /// The oldest that was looked at, told or not: what is older lies before it.
    pub first: Option<Mark>,
    /// The latest that was looked at, told or not: what is newer lies behind it.
    pub last: Option<Mark>,
    /// Whether there may be older ones.
    pub older: bool,
    /// Whether there may be newer ones.
    pub newer: bool,
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
    /// The number it had as [`Outgoing`].
    pub local: u64,
    /// For whom.
    pub target: String,
    /// What.
    pub text: String,
}

/// A message of one's own that is not known to be stored. It ends with [`super::Event::Said`] or, if it
/// was refused, [`super::Event::Failed`], which bear its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its number in this session. What is told with the same number replaces what was told before.
    pub local: u64,
    /// The room, or the other side of a direct conversation.
    pub conversation: String,
    /// How.
    pub kind: Kind,
    /// What.
    pub text: String,
    /// The id of the message that it answers.
    pub reply_to: Option<String>,
    /// How far it is.
    pub stage: Stage,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Not sent yet.
    Waiting,
    /// Sent over this connection.
    Sent,
    /// Sent over a connection that broke before the server answered; it is looked for in the history.
    Doubtful,
}
