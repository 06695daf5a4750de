//! What a look at the whole of a stored history finds: its faults, its size, and where its chains end.
//!
//! Only words. Whoever could write to the file could also have made all hashes anew: only a head
//! that was kept elsewhere tells.

use std::fmt;
use std::str::FromStr;

use crate::clock::Timestamp;
use crate::ids::{RoomId, Seq};
use crate::limits;
use crate::names::RoomName;

use super::chain::Link;

/// What to look at.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Which rooms.
    pub rooms: Choice,
    /// Heads of an earlier time that history must still contain.
    pub expected: Vec<Head>,
    /// Whether nothing writes to the file meanwhile, by the caller's word: a copy, or a database
    /// whose lock the caller holds. Then nothing is made beside it.
    pub is_at_rest: bool,
}

/// Rooms, those that are dissolved included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// All of them, and the database itself.
    #[default]
    All,
    /// One, by its number.
    Number(RoomId),
    /// All that go by this name.
    Named(RoomName),
    /// The direct conversations of two parties, by their folded names.
    Direct([String; 2]),
}

/// Where a room's chain ends, or ended once. Reads and shows itself as number of the room, place and
/// hash with a space between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The room.
    pub room: RoomId,
    /// The place of its last entry.
    pub seq: Seq,
    /// The hash of that.
    pub link: Link,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.room, self.seq, self.link)
    }
}

impl FromStr for Head {
    type Err = &'static str;

    /// What stands behind the three words is for people.
    fn from_str(line: &str) -> Result<Self, &'static str> {
        const BAD: &str = "expected: number of the room, place, 64 hexadecimal digits";
        let mut words = line.split_whitespace();
        let (Some(room), Some(seq), Some(link)) = (words.next(), words.next(), words.next()) else {
            return Err(BAD);
        };
        let number = |text: &str| text.parse().map_err(|_| BAD);
        Ok(Self { room: RoomId(number(room)?), seq: Seq(number(seq)?), link: link.parse().map_err(|_| BAD)? })
    }
}

/// How far it has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Entries that were looked at.
    pub entries: u64,
    /// Entries there may be.
    pub total: u64,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Rooms that were looked at.
    pub rooms: u64,
    /// Entries that were looked at.
    pub entries: u64,
    /// Of those: erased by redactions.
    pub erased: u64,
    /// Of those: from before there was a chain; nothing is known about them.
    pub before_chain: u64,
    /// Entries that are gone by the rules of retention.
    pub forgotten: u64,
    /// Heads that were expected and are there.
    pub expected_found: u64,
    /// Heads that were expected and lie in what is gone by the rules of retention.
    pub expected_forgotten: u64,
    /// Where the chains end, in the order of the rooms' numbers, with what each room is called.
    pub heads: Vec<(Head, String)>,
    /// What is wrong, at most [`limits::FAULTS_LISTED_MAX`].
    pub faults: Vec<Fault>,
    /// How much more is wrong.
    pub faults_left_out: u64,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }

    /// Adds a fault, while there is room.
    pub(super) fn add(&mut self, fault: Fault) {
        if self.faults.len() < limits::FAULTS_LISTED_MAX {
            self.faults.push(fault);
        } else {
            self.faults_left_out += 1;
        }
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where; `None`: in the database as such.
    pub place: Option<Spot>,
    /// What.
    pub what: Wrong,
}

/// A place in history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The room.
    pub room: RoomId,
    /// What it is called.
    pub title: String,
    /// The entry, or the first of those that are missing.
    pub seq: Seq,
    /// When that is from, if it is known.
    pub at: Option<Timestamp>,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// SQLite finds its file damaged, in its words.
    #[error("the database is damaged: {0}")]
    Database(String),
    /// What can't be there by the rules of the schema.
    #[error("a row of {0} belongs to nothing")]
    Orphan(String),
    /// An entry is not the one that was written.
    #[error("the entry was changed")]
    Changed,
    /// The entry is as it was written, its hash is not.
    #[error("the hash of the entry was changed")]
    Link,
    /// An entry has no hash, behind ones that have.
    #[error("the entry has no hash")]
    NoLink,
    /// Entries are missing.
    #[error("{}", missing(*.0))]
    Gap(u64),
    /// Entries can't be read.
    #[error("{} can't be read: {cause}", counted(*count))]
    Unreadable {
        /// How many at least.
        count: u64,
        /// In the database's words.
        cause: String,
    },
    /// Erased, and no redaction tells so.
    #[error("the entry was erased without a redaction that names it")]
    Erased,
    /// Earlier than the entry before it.
    #[error("the entry is from before the one in front of it")]
    Backwards,
    /// Another entry stands where the expected head was.
    #[error("history is another one than when this head was noted")]
    Rewritten,
    /// There is nothing where the expected head was.
    #[error("history ends before a head that was noted")]
    Cut,
}

impl Wrong {
    /// One word for programs.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Database(_) => "database",
            Self::Orphan(_) => "orphan",
            Self::Changed => "changed",
            Self::Link => "link",
            Self::NoLink => "no_link",
            Self::Gap(_) => "gap",
            Self::Unreadable { .. } => "unreadable",
            Self::Erased => "erased",
            Self::Backwards => "backwards",
            Self::Rewritten => "rewritten",
            Self::Cut => "cut",
        }
    }
}

fn missing(count: u64) -> String {
    if count == 1 { "an entry is missing".into() } else { format!("{count} entries are missing") }
}

fn counted(count: u64) -> String {
    if count == 1 { "an entry".into() } else { format!("{count} entries") }
}
