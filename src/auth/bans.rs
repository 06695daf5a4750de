//! The bans in force: read at each connection and each sign-in, so held in memory beside the store.
//!
//! Says who is kept out; to end the sessions that are there already is for who adds a ban.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Semaphore;

use crate::clock::{Clock, Timestamp};
use crate::limits;
use crate::names::AccountName;
use crate::store::bans::{Ban, Bans, Target};
use crate::store::{self, Error};

/// All bans. One for the whole server.
pub struct BanList {
    store: Arc<dyn Bans>,
    clock: Clock,
    bans: RwLock<Vec<Ban>>,
    /// One change at a time, so that memory and store agree on their order.
    turn: Semaphore,
}

/// Why a ban was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// There are as many as there can be.
    #[error("there are {} bans, which is the most there can be", limits::BANS_MAX)]
    Full,
    /// It would have ended already.
    #[error("the ban would have ended already")]
    Over,
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl std::fmt::Debug for BanList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BanList").finish_non_exhaustive()
    }
}

impl BanList {
    /// Reads the bans from the store.
    ///
    /// # Errors
    /// [`store::Error::Unavailable`].
    pub async fn open(store: Arc<dyn Bans>, clock: Clock) -> Result<Self, store::Error> {
        let bans = store.bans().await?;
        Ok(Self { store, clock, bans: RwLock::new(bans), turn: Semaphore::new(1) })
    }

    /// The ban that keeps this address out, if there is one.
    #[must_use]
    pub fn of_address(&self, address: IpAddr) -> Option<Ban> {
        self.find(|target| match target {
            Target::Network(network) => network.contains(address),
            Target::Account(_) => false,
        })
    }

    /// The ban that keeps this account out, if there is one.
    #[must_use]
    pub fn of_account(&self, name: &AccountName) -> Option<Ban> {
        self.find(|target| match target {
            Target::Network(_) => false,
            Target::Account(banned) => banned == name,
        })
    }

    /// The bans in force, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<Ban> {
        let now = self.clock.now();
        let bans = self.bans.read().unwrap_or_else(PoisonError::into_inner);
        bans.iter().filter(|ban| ban.is_valid_at(now)).cloned().collect()
    }

    /// Adds a ban, in the place of one of the same target. It is in force for whoever comes from
    /// now on.
    ///
    /// # Errors
    /// [`AddError`].
    pub async fn add(
        &self,
        target: Target,
        reason: Option<String>,
        creator: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<Ban, AddError> {
        // Never closed.
        let _turn = self.turn.acquire().await;
        let now = self.clock.now();
        if expires_at.is_some_and(|end| end <= now) {
            return Err(AddError::Over);
        }
        let mut bans = self.all();
        bans.retain(|ban| ban.target != target);
        if bans.len() >= limits::BANS_MAX {
            return Err(AddError::Full);
        }
        let ban = Ban { target, reason, creator: creator.to_owned(), created_at: now, expires_at };
        self.store.add_ban(ban.clone()).await?;
        bans.push(ban.clone());
        self.replace(bans);
        Ok(ban)
    }

    /// Lifts a ban.
    ///
    /// # Errors
    /// [`store::Error::NotFound`] if there is none in force, [`store::Error::Unavailable`].
    pub async fn lift(&self, target: &Target) -> Result<Ban, store::Error> {
        // Never closed.
        let _turn = self.turn.acquire().await;
        let mut bans = self.all();
        let place = bans.iter().position(|ban| ban.target == *target).ok_or(Error::NotFound)?;
        self.store.delete_ban(target).await?;
        let ban = bans.remove(place);
        self.replace(bans);
        Ok(ban)
    }

    fn find(&self, is_meant: impl Fn(&Target) -> bool) -> Option<Ban> {
        let now = self.clock.now();
        let bans = self.bans.read().unwrap_or_else(PoisonError::into_inner);
        bans.iter().find(|ban| ban.is_valid_at(now) && is_meant(&ban.target)).cloned()
    }

    fn replace(&self, bans: Vec<Ban>) {
        *self.bans.write().unwrap_or_else(PoisonError::into_inner) = bans;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::Sqlite;
    use std::sync::atomic::{AtomicI64, Ordering};

    #[tokio::test]
    async fn a_ban_holds_until_its_time_is_over_and_over_restarts() {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(Sqlite::open(&dir.path().join("chat.db")).await.unwrap());
        let ms = Arc::new(AtomicI64::new(1000));
        let open = || BanList::open(Arc::clone(&store) as _, Clock::Manual(Arc::clone(&ms)));
        let list = open().await.unwrap();
        let network: Target = "192.0.2.0/24".parse().unwrap();
        let bob: Target = "account:bob".parse().unwrap();
        list.add(network.clone(), None, "alice", Some(Timestamp(2000))).await.unwrap();
        list.add(bob.clone(), Some("noise".into()), "alice", None).await.unwrap();
        let list = open().await.unwrap();
        let (inside, outside) = ("192.0.2.9".parse().unwrap(), "192.0.3.9".parse().unwrap());
        assert!(list.of_address(inside).is_some() && list.of_address(outside).is_none());
        let name = AccountName::parse("BOB").unwrap();
        assert_eq!(list.of_account(&name).unwrap().text(), "You are banned: noise");
        ms.store(2000, Ordering::SeqCst);
        assert!(list.of_address(inside).is_none());
        assert_eq!(list.all().len(), 1);
        assert!(matches!(list.lift(&network).await, Err(Error::NotFound)));
        assert!(matches!(list.add(network, None, "alice", Some(Timestamp(2000))).await, Err(AddError::Over)));
        list.lift(&bob).await.unwrap();
        assert!(list.of_account(&name).is_none() && open().await.unwrap().all().is_empty());
    }
}
