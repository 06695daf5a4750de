//! What a user wants, whatever they typed or clicked.

use std::path::PathBuf;

use crate::clock::Timestamp;

/// How something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// PRIVMSG.
    Message,
    /// NOTICE, which programs do not answer; shown differently.
    Notice,
    /// CTCP ACTION, `/me`.
    Action,
}

/// Which part of a conversation's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// So many messages, the last ones.
    Last(usize),
    /// All from this moment on, within reason.
    Since(Timestamp),
}

/// A place in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The message there; `None`: only the time is known.
    pub msgid: Option<String>,
    /// When it was said.
    pub at: Timestamp,
}

/// Which page of a conversation's history. The marks themselves are left out, but for `Around`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The last messages.
    Latest,
    /// The nearest before it.
    Before(Mark),
    /// The nearest behind it.
    After(Mark),
    /// It and the nearest on both sides.
    Around(Mark),
    /// Those between, beginning at the first mark.
    Between(Mark, Mark),
}

/// What somebody does who has not said it yet. Source: IRCv3 typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    /// Writes.
    Active,
    /// Wrote, and thinks.
    Paused,
    /// Has nothing to say any more.
    Done,
}

/// What messages are looked for: those that fit all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Words that are in them.
    pub words: Option<String>,
    /// The nick or account of who said them.
    pub from: Option<String>,
    /// The room, or the other side of a direct conversation.
    pub conversation: Option<String>,
    /// Said at this time or later.
    pub after: Option<Timestamp>,
    /// Said at this time or earlier.
    pub before: Option<Timestamp>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Says something to a room or a user; joins the room first where that is needed.
    Say {
        /// A room, or a nick.
        target: String,
        /// Cut into several messages if it is too long for one. Lines are kept together where the
        /// server knows messages of several lines.
        text: String,
        /// How.
        kind: Kind,
        /// The id of the message that it answers.
        reply_to: Option<String>,
    },
    /// Reacts to a message, or takes that back.
    React {
        /// A room, or a nick.
        conversation: String,
        /// The id of the message.
        msgid: String,
        /// An emoji, or any short text.
        reaction: String,
        /// Whether it is given.
        on: bool,
    },
    /// Shows that one writes; may be given at every key. Saying it ends it.
    Typing {
        /// A room, or a nick.
        conversation: String,
        /// What one does.
        typing: Typing,
    },
    /// Notes how far one has read, on all devices. It never goes back.
    MarkRead {
        /// A room, or a nick.
        conversation: String,
        /// The time of the last message read.
        at: Timestamp,
    },
    /// Asks for a page of history; [`super::Event::Page`] or [`super::Event::NoPage`] answers.
    Page {
        /// A room, or a nick.
        conversation: String,
        /// Which.
        place: Place,
    },
    /// Wants to know whether somebody is there, without a common room, or no longer.
    Watch {
        /// Whom.
        nick: String,
        /// Whether to begin.
        on: bool,
    },
    /// Asks for the modes of a room, or changes them.
    Modes {
        /// Which room.
        room: String,
        /// Such as `+o bob`.
        change: Option<String>,
    },
    /// Takes somebody out of a room.
    Kick {
        /// Which room.
        room: String,
        /// Whom.
        nick: String,
        /// Why.
        reason: Option<String>,
    },
    /// Gives the server a line as it is; what it answers is told as [`super::Event::Info`].
    Raw {
        /// The line, without tags.
        line: String,
    },
    /// Gives a file to the server; [`super::Event::Transfer`] tells how it goes.
    Upload {
        /// A number of the caller's choice.
        id: u64,
        /// The file.
        path: PathBuf,
    },
    /// Saves the file behind a link; [`super::Event::Transfer`] tells how it goes.
    Download {
        /// A number of the caller's choice.
        id: u64,
        /// Begins with `https://`.
        link: String,
        /// The new file, or the folder for it.
        path: PathBuf,
    },
    /// Enters a room.
    Join {
        /// Its name.
        room: String,
        /// Its key, if it has one.
        key: Option<String>,
    },
    /// Leaves a room for good.
    Part {
        /// Its name.
        room: String,
    },
    /// Asks for the topic, or sets it.
    Topic {
        /// Where.
        room: String,
        /// The new one.
        text: Option<String>,
    },
    /// Asks who is in a room.
    Members {
        /// Which.
        room: String,
    },
    /// Asks which rooms there are.
    Rooms,
    /// Asks about a user.
    Whois {
        /// Their nick.
        nick: String,
    },
    /// Takes another nick.
    Nick {
        /// The new one.
        nick: String,
    },
    /// Goes away, or returns; kept over outages.
    Away {
        /// What to tell others; `None`: back.
        text: Option<String>,
    },
    /// Invites somebody into a room.
    Invite {
        /// Whom.
        nick: String,
        /// Where to.
        room: String,
    },
    /// Asks for earlier messages.
    History {
        /// A room, or a nick.
        conversation: String,
        /// Which.
        stretch: Stretch,
    },
    /// Gives a message of one's own another text.
    Edit {
        /// A room, or a nick.
        conversation: String,
        /// Which; `None`: the last one there.
        msgid: Option<String>,
        /// The new text, one line.
        text: String,
    },
    /// Takes a message back.
    Redact {
        /// A room, or a nick.
        conversation: String,
        /// Which; `None`: one's last one there.
        msgid: Option<String>,
    },
    /// Looks for messages.
    Search(Search),
    /// Asks for [`super::Event::Settled`] as soon as everything before it is done.
    Settle,
    /// Tries at once to come back, if there is no connection.
    Retry,
    /// Leaves the server.
    Quit {
        /// What to tell others.
        reason: String,
    },
}
