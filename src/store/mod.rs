//! Durable memory: the journal, and the accounts with what belongs to them. The only SQL.
//!
//! Behind two traits, so that another database can follow; `sqlite` is the first. Nothing here
//! decides anything.

pub mod accounts;
pub mod audit;
pub mod bans;
pub mod chain;
#[cfg(test)]
mod conformance;
pub mod metadata;
mod reader;
pub mod retention;
pub mod search;
pub mod second_factors;
pub mod sqlite;
pub mod uploads;
pub mod verify;
pub mod webhooks;

use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::ids::{AccountId, RoomId, Seq};
use crate::names::{AccountName, Nick, RoomName};
use crate::range::{Content, Range};
use crate::room::{Earlier, Entry, Member, Room};

pub use accounts::Accounts;
pub use audit::Audit;
pub use bans::Bans;
pub use reader::Reader;
pub use retention::Retention;
pub use search::Search;
pub use second_factors::SecondFactors;
pub use uploads::Uploads;
pub use webhooks::Webhooks;

use metadata::{Change, Metadata, Subject};

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such row.
    #[error("not found")]
    NotFound,
    /// Another row already has that name.
    #[error("already exists")]
    Conflict,
    /// The database did not answer or refused: disk full, locked, read-only, gone.
    #[error("storage is unavailable: {0}")]
    Unavailable(String),
}

/// What the writer commits at once: all of it or nothing.
#[derive(Debug, Default)]
pub struct Batch {
    /// In the order in which they were decided; per room with consecutive places.
    pub entries: Vec<Arc<Entry>>,
    /// Rooms that are new or whose name, kind or settings changed, as they are now.
    pub rooms: Vec<Arc<Room>>,
    /// Memberships of accounts that are new, changed or (`None`) ended; guests are not stored.
    pub members: Vec<(RoomId, AccountId, Option<Member>)>,
    /// Rooms that are gone; their entries stay, their names are free.
    pub dissolved: Vec<RoomId>,
    /// Accounts that go by another nick.
    pub nicks: Vec<(AccountId, Nick)>,
    /// What accounts and rooms bear from now on, in order; a guest's metadata is not stored.
    pub metadata: Vec<(Subject, Change)>,
    /// Accounts that have other modes, as letters.
    pub modes: Vec<(AccountId, String)>,
    /// Accounts that stay in their rooms without a session, or do not, or as the settings say.
    pub always_on: Vec<(AccountId, Option<bool>)>,
    /// Rooms that go by another name, in order; what members have read of them goes along.
    pub renamed: Vec<Renaming>,
}

/// A room's old name and its new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renaming {
    /// Which room.
    pub room: RoomId,
    /// What it was called.
    pub from: RoomName,
    /// What it is called now.
    pub to: RoomName,
}

impl Batch {
    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.is_entries_only()
    }

    /// Whether nothing but entries is to be written, if any.
    #[must_use]
    pub fn is_entries_only(&self) -> bool {
        self.rooms.is_empty()
            && self.members.is_empty()
            && self.dissolved.is_empty()
            && self.nicks.is_empty()
            && self.renamed.is_empty()
            && self.modes.is_empty()
            && self.always_on.is_empty()
            && self.metadata.is_empty()
    }
}

/// All of the store.
pub trait Store: Journal + Accounts + Bans + Audit + Uploads + Webhooks + Retention {}

impl<S: Journal + Accounts + Bans + Audit + Uploads + Webhooks + Retention> Store for S {}

/// How far a room has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The place of the last entry.
    pub seq: Seq,
    /// Its time.
    pub at: Timestamp,
    /// The time of the last entry that is a message; `None` if there is none.
    pub message_at: Option<Timestamp>,
}

/// What the journal starts from.
#[derive(Debug, Default)]
pub struct Loaded {
    /// All rooms that are not dissolved, with their members and heads.
    pub rooms: Vec<(Room, Head)>,
    /// The highest identity ever given to a room.
    pub last_room: RoomId,
    /// The latest time of any entry.
    pub last_at: Timestamp,
    /// The modes of accounts that have set some, as letters.
    pub modes: Vec<(AccountId, String)>,
    /// What accounts and rooms bear.
    pub metadata: Vec<(Subject, Metadata)>,
}

/// The journal's side of the store.
#[async_trait]
pub trait Journal: Send + Sync + 'static {
    /// Reads the state that the entries so far have led to.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    async fn load(&self) -> Result<Loaded, Error>;

    /// Writes a batch and waits until it is on disk. What a redaction in it names, and the edits of
    /// that, are erased in the same step: no history shows them any more, and their bytes leave the
    /// files soon. Uploads that a message names are tied to it in the same step, and go with it. After an error nothing of it was written.
    /// The work goes on to its end when the caller goes away.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; [`Error::Conflict`] if a place is taken (two writers).
    async fn append(&self, batch: Batch) -> Result<(), Error>;

    /// Entries of a room that are for this reader, in ascending order: `len_max` of them, or all
    /// there are in the range.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the range names an entry that never was (one that was forgotten
    /// by the rules of retention stands before all that are left); [`Error::Unavailable`].
    async fn read(
        &self,
        room: RoomId,
        reader: &Reader,
        range: Range,
        len_max: usize,
    ) -> Result<Vec<Entry>, Error>;

    /// The same for one who is shown everything behind `floor`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    async fn range(
        &self,
        room: RoomId,
        floor: Seq,
        range: Range,
        content: Content,
        len_max: usize,
    ) -> Result<Vec<Entry>, Error> {
        self.read(room, &Reader { floor, ..Reader::of_all(content) }, range, len_max).await
    }

    /// What this account sent since that time, messages and reactions, of one step through the journal, and where
    /// the next step begins; `None`: there is none. The first begins at 0.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    async fn said_by(
        &self,
        account: &AccountName,
        since: Timestamp,
        after: u64,
    ) -> Result<(Vec<Entry>, Option<u64>), Error>;

    /// Writes what changes nothing, and waits until it is on disk: whether entries would be taken.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    async fn probe(&self) -> Result<(), Error>;

    /// The edits of a message, oldest first, at most `len_max`.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    async fn edits(&self, room: RoomId, message: Seq, len_max: usize) -> Result<Vec<Earlier>, Error>;
}
