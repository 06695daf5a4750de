//! An entry: one event at its place in the journal, complete in itself.
//!
//! It repeats who caused it as they were then, so that history shows what was seen.

use std::fmt;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::ids::{MsgId, RoomId, Seq};
use crate::names::{AccountName, Nick};

use super::Role;
use super::event::{Event, Speech};

/// Who caused something, as they were at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The nick.
    pub nick: Nick,
    /// The user name.
    pub user: String,
    /// The host shown to others; never the address.
    pub host: String,
    /// The account, unless a guest.
    pub account: Option<AccountName>,
    /// Whether this is a bot (user mode B).
    pub bot: bool,
}

impl Author {
    /// Bytes of its `Display` form, `nick!user@host`.
    #[must_use]
    pub fn shown_len(&self) -> usize {
        self.nick.as_str().len() + self.user.len() + self.host.len() + "!@".len()
    }
}

impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}!{}@{}", self.nick, self.user, self.host)
    }
}

/// One event in a room's journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The room.
    pub room: RoomId,
    /// Its place in the room.
    pub seq: Seq,
    /// When it was accepted; never earlier than the entry before it.
    pub at: Timestamp,
    /// Who caused it.
    pub author: Arc<Author>,
    /// Where it was addressed: the room's name, or in a direct conversation the other's nick.
    pub target: Arc<str>,
    /// What happened.
    pub event: Event,
}

impl Entry {
    /// Its name on the wire.
    #[must_use]
    pub fn msgid(&self) -> MsgId {
        MsgId { room: self.room, seq: self.seq, at: self.at }
    }

    /// Whether it is a message of one line that all members of its room are shown alike.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        matches!(&self.event, Event::Said(said)
            if said.speech != Speech::Tags && said.audience == Role::Member && !said.is_multiline())
    }
}
