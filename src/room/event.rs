//! What can have happened in a room. Each variant is a past fact.

use crate::ids::UserId;
use crate::names::{Nick, RoomName};

use super::modes::{ModeChange, Role};

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Event {
    /// Somebody spoke.
    Said(Said),
    /// The author became a member.
    Joined {
        /// Their real name.
        real_name: String,
    },
    /// The author left the room.
    Parted {
        /// Why, possibly empty.
        reason: String,
    },
    /// The author left the server.
    Quit {
        /// Why, possibly empty.
        reason: String,
    },
    /// The author removed a member.
    Kicked {
        /// Whom.
        user: UserId,
        /// Under which nick.
        nick: Nick,
        /// Why.
        reason: String,
    },
    /// The author invited somebody.
    Invited {
        /// Whom.
        user: UserId,
        /// Under which nick.
        nick: Nick,
    },
    /// The author set the topic; an empty one clears it.
    TopicSet {
        /// The new topic.
        topic: String,
    },
    /// The author changed modes; never an empty list, never a change without effect.
    ModesChanged {
        /// What changed, in order.
        changes: Vec<ModeChange>,
    },
    /// The author is called differently from now on.
    NickChanged {
        /// The new nick.
        nick: Nick,
    },
    /// The room is called differently from now on; all else about it stays.
    Renamed {
        /// What it was called.
        from: RoomName,
        /// What it is called now.
        to: RoomName,
        /// Why, possibly empty.
        reason: String,
    },
}

/// What somebody said.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Said {
    /// How.
    pub speech: Speech,
    /// The text; empty for [`Speech::Tags`].
    pub text: String,
    /// Client-only tags, a section without `@`, as [`crate::protocol::tags::client_only`] writes it.
    pub tags: String,
    /// Who may read it: members of this role and above.
    pub audience: Role,
}

/// The three ways to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Speech {
    /// PRIVMSG.
    Message,
    /// NOTICE: never answered by a program.
    Notice,
    /// TAGMSG: tags alone.
    Tags,
}

impl Said {
    /// Whether this is a question to the readers' programs, or an answer of one; `/me` is none.
    ///
    /// Source: modern.ircdocs.horse, CTCP.
    #[must_use]
    pub fn is_ctcp(&self) -> bool {
        self.text.split('\n').filter_map(|line| line.strip_prefix('\u{1}')).any(|line| {
            let word = line.split([' ', '\u{1}']).next().unwrap_or_default();
            !word.eq_ignore_ascii_case("ACTION")
        })
    }
}

impl Event {
    /// Whether it is a message to be read, as opposed to something that happened beside.
    #[must_use]
    pub fn is_message(&self) -> bool {
        matches!(self, Self::Said(Said { speech: Speech::Message | Speech::Notice, .. }))
    }
}
