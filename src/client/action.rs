//! What a user wants, whatever they typed or clicked.

use crate::clock::Timestamp;

/// How something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// PRIVMSG.
    Message,
    /// NOTICE; never sent by this client, shown differently.
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
    /// Goes away, or returns.
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
    /// Gives one's last message in a conversation another text.
    Edit {
        /// A room, or a nick.
        conversation: String,
        /// The new text, one line.
        text: String,
    },
    /// Takes one's last message in a conversation back.
    Redact {
        /// A room, or a nick.
        conversation: String,
    },
    /// Looks for messages.
    Search(Search),
    /// Asks for [`super::Event::Settled`] as soon as everything before it is done.
    Settle,
    /// Leaves the server.
    Quit {
        /// What to tell others.
        reason: String,
    },
}
