//! Retention: how long history is kept, and forgetting what is older.

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::ids::RoomId;

use super::Error;

/// How much of a room's history is kept: what either limit reaches goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rule {
    /// Days for which an entry is kept; 0: for ever.
    pub days_max: u64,
    /// Entries that are kept, of any kind; 0: all.
    pub entries_max: u64,
}

impl Rule {
    /// Whether everything is kept.
    #[must_use]
    pub fn keeps_all(&self) -> bool {
        *self == Self::default()
    }

    /// From when on entries are kept at this moment.
    #[must_use]
    pub fn since(&self, now: Timestamp) -> Option<Timestamp> {
        const DAY_MS: i64 = 24 * 60 * 60 * 1000;
        let days = i64::try_from(self.days_max).ok().filter(|days| *days > 0)?;
        Some(Timestamp(now.0.saturating_sub(days.saturating_mul(DAY_MS))))
    }
}

/// What a room is to lose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cutoff {
    /// Entries from before this moment.
    pub before: Option<Timestamp>,
    /// All but the last so many; 0: this takes none.
    pub entries_max: u64,
}

/// The store's side of retention.
#[async_trait]
pub trait Retention: Send + Sync + 'static {
    /// The rules of single rooms, by their numbers.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    async fn retention_rules(&self) -> Result<Vec<(RoomId, Rule)>, Error>;

    /// Gives a room a rule of its own, or takes it away.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such room; [`Error::Unavailable`].
    async fn set_retention_rule(&self, room: RoomId, rule: Option<Rule>) -> Result<(), Error>;

    /// Returns when a rule was set since this was last asked.
    async fn retention_rule_set(&self);

    /// All rooms that have entries, those that are dissolved included.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    async fn rooms_with_entries(&self) -> Result<Vec<RoomId>, Error>;

    /// Deletes the first entries of a room that the cutoff takes, at most `len_max`: with what is found of them,
    /// and uploads that no other message carries. Their places are not given out again, and the chain goes on.
    /// The last entry of the whole journal stays until there is another. How many went; fewer than
    /// `len_max`: that was all.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    async fn forget(&self, room: RoomId, cutoff: Cutoff, len_max: usize) -> Result<usize, Error>;

    /// After entries were forgotten: gives some of the room that is free back to the disk. Whether there is more.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    async fn give_back(&self) -> Result<bool, Error>;
}
