//! A journal in memory: the real one over a store that accepts everything at once and keeps nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use async_trait::async_trait;
use chat_secure::clock::{Clock, Timestamp};
use chat_secure::ids::{AccountId, RoomId, Seq};
use chat_secure::journal::{Journal, Rules, UserModes};
use chat_secure::names::{AccountName, Nick};
use chat_secure::range::Range;
use chat_secure::room::{Earlier, Entry};
use chat_secure::store::accounts::{Account, AccountRole};
use chat_secure::store::{self, Batch, Error, Loaded, Reader};

const NOW: Timestamp = Timestamp(1_763_640_000_123);

/// The store: counts entries, keeps none.
#[derive(Debug, Default)]
pub(crate) struct Accepting {
    /// How many so far.
    pub(crate) entries: AtomicUsize,
}

#[async_trait]
impl store::Journal for Accepting {
    async fn load(&self) -> Result<Loaded, Error> {
        Ok(Loaded::default())
    }

    async fn append(&self, batch: Batch) -> Result<(), Error> {
        self.entries.fetch_add(batch.entries.len(), Ordering::Relaxed);
        Ok(())
    }

    async fn read(&self, _: RoomId, _: &Reader, _: Range, _: usize) -> Result<Vec<Entry>, Error> {
        Ok(Vec::new())
    }

    async fn said_by(
        &self,
        _: &AccountName,
        _: Timestamp,
        _: u64,
    ) -> Result<(Vec<Entry>, Option<u64>), Error> {
        Ok((Vec::new(), None))
    }

    async fn probe(&self) -> Result<(), Error> {
        Ok(())
    }

    async fn edits(&self, _: RoomId, _: Seq, _: usize) -> Result<Vec<Earlier>, Error> {
        Ok(Vec::new())
    }
}

/// A clock that stands still, so that every line has the same length.
pub(crate) fn clock() -> Clock {
    Clock::Manual(Arc::new(AtomicI64::new(NOW.0)))
}

/// The account of this number, with a name of always the same length.
pub(crate) fn account(number: u64) -> Account {
    let name = AccountName::parse(&format!("user{number:04}")).unwrap();
    Account {
        id: AccountId(number),
        nick: Nick::from(&name),
        name,
        email: None,
        password_hash: None,
        role: AccountRole::Member,
        suspended: false,
        created_at: NOW,
        seen_at: None,
        always_on: None,
    }
}

/// A journal over this store with so many accounts, none of them there. To be called in a runtime.
pub(crate) async fn journal(store: Arc<Accepting>, accounts: u64) -> Journal {
    let rules = Rules {
        always_on: false,
        rooms_per_user_max: 100,
        rooms_max: 1_000_000,
        default_user_modes: UserModes::default(),
    };
    let accounts = (1..=accounts).map(account).collect();
    let (journal, writer) = Journal::open(store, accounts, rules, clock()).await.unwrap();
    // It ends with the last copy of the journal.
    drop(writer);
    journal
}
