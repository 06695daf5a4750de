//! A line of a conversation, outside the blocks it is packed into.

use crate::clock::Timestamp;

/// What sort of line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Said.
    Message,
    /// Said by a program.
    Notice,
    /// Done: `/me`.
    Action,
    /// Somebody came, went, or changed something.
    Happening,
    /// A word of the client or the server to oneself.
    Note,
    /// Something went wrong.
    Failure,
}

/// How far a message of one's own is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// The server has it.
    #[default]
    Stored,
    /// Waits for the connection, or for the room.
    Waiting,
    /// Sent; the stored echo is not back.
    Sent,
    /// It was refused.
    Refused,
}

/// What is to be known of a line besides its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// One said it oneself.
    pub own: bool,
    /// It names oneself.
    pub mention: bool,
    /// It had another text before.
    pub edited: bool,
    /// It was taken back.
    pub redacted: bool,
    /// How far it is.
    pub stage: Stage,
}

/// A line to add.
#[derive(Clone, Debug)]
pub struct New<'a> {
    /// When.
    pub at: Timestamp,
    /// Who; empty: nobody.
    pub nick: &'a str,
    /// What.
    pub text: &'a str,
    /// The message's name on its server; empty: none.
    pub msgid: &'a str,
    /// Of what sort.
    pub sort: Sort,
    /// What else.
    pub marks: Marks,
}

/// A line as it lies there.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// Finds it again.
    pub key: Key,
    /// Who; empty: nobody.
    pub nick: &'a str,
    /// What.
    pub text: &'a str,
    /// The message's name on its server; empty: none.
    pub msgid: &'a str,
    /// Of what sort.
    pub sort: Sort,
    /// What else.
    pub marks: Marks,
}

impl<'a> Line<'a> {
    /// The same line, to be added elsewhere.
    #[must_use]
    pub fn to_new(&self) -> New<'a> {
        let Self { key, nick, text, msgid, sort, marks } = *self;
        New { at: key.at, nick, text, msgid, sort, marks }
    }
}

/// Finds a line again, whatever was added before or behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Its time.
    pub at: Timestamp,
    pub(super) number: u32,
}

/// A place among the lines, good until one is added or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub(super) block: usize,
    pub(super) line: usize,
}

/// What few lines have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// The message that it answers: who said it, and how it begins; empty if that is not known.
    pub reply: Option<Reply>,
    /// Reactions, and who made each.
    pub reactions: Vec<(String, Vec<String>)>,
}

/// The message that one answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Its name on the server.
    pub msgid: String,
    /// Who said it; empty: not known.
    pub nick: String,
    /// How it begins.
    pub text: String,
}
