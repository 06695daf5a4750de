//! One conversation as the screen keeps it: its lines, who is there, what is typed into it.

use std::collections::VecDeque;

use crate::client::action::{Mark, Place};
use crate::client::event::{Entry, Member, Presence};
use crate::clock::Timestamp;

use super::composer::Composer;
use super::people;
use super::scrollback::{Key, Scrollback};

/// Changes of messages that are not here, kept until they are.
const LOOSE_LEN_MAX: usize = 1_000;

/// Which of an application's servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(pub u16);

/// What kind of conversation it is; they are listed in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The server's own words.
    Console,
    /// A room.
    Room,
    /// With one user.
    Direct,
}

/// Names a conversation; orders them as they are listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Where.
    pub server: ServerId,
    /// Of what kind.
    pub kind: Kind,
    /// Its name, in small letters.
    pub name: String,
}

impl Address {
    /// A room's, or that of the conversation with a user.
    #[must_use]
    pub fn of(server: ServerId, name: &str) -> Self {
        let kind = if name.starts_with(['#', '&']) { Kind::Room } else { Kind::Direct };
        Self { server, kind, name: name.to_ascii_lowercase() }
    }

    /// The server's own.
    #[must_use]
    pub fn console(server: ServerId) -> Self {
        Self { server, kind: Kind::Console, name: String::new() }
    }
}

/// Which part of the lines is on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Anchor {
    /// The last ones, whatever arrives.
    #[default]
    End,
    /// This line is the lowest, and so many of its rows are below the edge.
    Line(Key, usize),
}

/// How far the lines go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// There may be more.
    #[default]
    Unknown,
    /// This was asked for.
    Asked(Place),
    /// There is no more.
    Complete,
}

/// A stretch of lines away from the last ones, where one jumped to.
#[derive(Debug, Default)]
pub struct Excursion {
    /// Its lines.
    pub lines: Scrollback,
    /// The ends of what is known.
    pub first: Option<Mark>,
    /// The same.
    pub last: Option<Mark>,
    /// How far back it goes.
    pub older: Reach,
    /// How far forward it goes.
    pub newer: Reach,
    /// What is on the screen.
    pub anchor: Anchor,
    /// What one came for, until it is here.
    pub wanted: Option<Mark>,
}

/// A conversation.
#[derive(Debug, Default)]
pub struct Conversation {
    /// Its name, as it is written.
    pub name: String,
    /// What was said, up to the present.
    pub lines: Scrollback,
    /// What is on the screen.
    pub anchor: Anchor,
    /// Somewhere earlier, if one jumped there.
    pub excursion: Option<Excursion>,
    /// How far back the lines go.
    pub older: Reach,
    /// The end of what was looked at, which may be before the first line.
    pub first: Option<Mark>,
    /// Whether what was missed has been told.
    pub caught_up: bool,
    /// Changes of messages that are not here.
    pub loose: VecDeque<Entry>,
    /// Messages of one's own that are on their way, by their numbers.
    pub outgoing: Vec<(u64, Key)>,
    /// The line one chose, to answer it or the like.
    pub selected: Option<Key>,
    /// Messages that are new.
    pub unread: u32,
    /// How many of them are for oneself.
    pub mentions: u32,
    /// How far one has read, on whatever device.
    pub read: Option<Timestamp>,
    /// The same, as far as the server knows.
    pub marked: Option<Timestamp>,
    /// Where the new-messages line stands.
    pub new_from: Option<Timestamp>,
    /// When the last message was said that the server has.
    pub last_said: Option<Timestamp>,
    /// Who is in it, sorted.
    pub members: Vec<Member>,
    /// Whether the other side of a direct conversation is there, if that is known.
    pub presence: Option<Presence>,
    /// What it is about.
    pub topic: String,
    /// A room one is in.
    pub joined: bool,
    /// Nothing calls for attention from here.
    pub muted: bool,
    /// Who types.
    pub typing: Vec<String>,
    /// What is typed here.
    pub composer: Composer,
}

impl Conversation {
    /// A new one.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The lines that are on the screen, and which of them.
    #[must_use]
    pub fn shown(&self) -> (&Scrollback, Anchor) {
        match &self.excursion {
            Some(excursion) => (&excursion.lines, excursion.anchor),
            None => (&self.lines, self.anchor),
        }
    }

    /// The same, to change it.
    pub fn shown_mut(&mut self) -> (&mut Scrollback, &mut Anchor) {
        match &mut self.excursion {
            Some(excursion) => (&mut excursion.lines, &mut excursion.anchor),
            None => (&mut self.lines, &mut self.anchor),
        }
    }

    /// Whether the last lines are on the screen.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        self.excursion.is_none() && self.anchor == Anchor::End
    }

    /// Keeps a change until its message is here.
    pub fn keep(&mut self, entry: Entry) {
        if self.loose.len() >= LOOSE_LEN_MAX {
            self.loose.pop_front();
        }
        self.loose.push_back(entry);
    }

    /// Where somebody is among the members.
    #[must_use]
    pub fn member(&self, nick: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.nick.eq_ignore_ascii_case(nick))
    }

    /// Puts somebody in, or in another place.
    pub fn put_member(&mut self, member: Member) {
        self.remove_member(&member.nick);
        let place = self.members.partition_point(|other| people::order(other) <= people::order(&member));
        self.members.insert(place, member);
    }

    /// Takes somebody out, and says who it was.
    pub fn remove_member(&mut self, nick: &str) -> Option<Member> {
        self.typing.retain(|other| !other.eq_ignore_ascii_case(nick));
        let index = self.members.iter().position(|member| member.nick.eq_ignore_ascii_case(nick))?;
        Some(self.members.remove(index))
    }
}
