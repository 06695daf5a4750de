//! Finding messages by their words: what may be asked, and the trait that an index implements.
//!
//! An index is never the truth: it can be thrown away at any time, and what it finds is read from
//! the journal before anybody sees it.

pub mod words;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::ids::RoomId;
use crate::names::Nick;
use crate::room::Entry;

use super::{Error, Reader};

pub use words::{BadText, Words};

/// What is looked for. All of it must be true of a message.
#[derive(Clone, Debug)]
pub struct Query {
    /// The words in it.
    pub words: Option<Words>,
    /// The nick it was said under, or the account that said it.
    pub from: Option<Nick>,
    /// Not before this time; the earliest are given first then, otherwise the latest.
    pub after: Option<Timestamp>,
    /// Not after this time.
    pub before: Option<Timestamp>,
    /// Where, and with whose eyes. Nothing is found elsewhere.
    pub scopes: Vec<Scope>,
    /// How many messages at most.
    pub len_max: usize,
}

/// A room, and what of it may be found.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The room.
    pub room: RoomId,
    /// Who looks.
    pub reader: Reader,
}

/// An index of what was said.
#[async_trait]
pub trait Search: Send + Sync + 'static {
    /// The messages, in the order in which they were said.
    ///
    /// # Errors
    /// [`Error::Unavailable`], also when too many others search at the moment.
    async fn search(&self, query: Query) -> Result<Vec<Entry>, Error>;
}
