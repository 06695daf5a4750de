//! Search over the journal: an FTS5 index in a file of its own, which follows the journal and never
//! takes part in a message's way.
//!
//! The file can be thrown away at any time; it is made anew. What it finds is read from the journal
//! and checked again before anybody sees it.

mod expression;
mod find;
#[cfg(any(test, feature = "fuzzing"))]
pub(super) mod fuzz;
mod indexer;
mod place;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::limits;
use crate::room::Entry;
use crate::store::Error;
use crate::store::search::{Query, Search};

use super::{OpenError, Sqlite, primary_code};
use place::Place;

/// How long a search waits for others, and how long it may take then.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long the end of the server waits for what is not taken in yet.
const LAST_ROWS: Duration = Duration::from_secs(2);

/// What is asked of the journal, so that a test can see how it is executed.
#[cfg(test)]
pub(super) const STATEMENTS: [&str; 5] =
    [find::FIRST_AT, find::BY_ID, indexer::AT_CURSOR, indexer::AFTER, indexer::ERASED];

/// The index of an open database. Copies share it.
#[derive(Clone, Debug)]
pub struct SearchIndex {
    journal: Sqlite,
    place: Arc<ArcSwap<Place>>,
    permits: Arc<Semaphore>,
    /// Whether somebody saw that the file is damaged.
    damaged: Arc<AtomicBool>,
}

impl SearchIndex {
    /// Opens the index of this database in this file, which is made if it is missing and made anew
    /// if it is none of ours or damaged. [`SearchIndex::follow`] fills it.
    ///
    /// # Errors
    /// [`OpenError`] if no file can be made there.
    pub async fn open(path: &Path, journal: &Sqlite) -> Result<Self, OpenError> {
        let place = Place::open_or_renew(path).await?;
        journal.appended.follow();
        Ok(Self {
            journal: journal.clone(),
            place: Arc::new(ArcSwap::from_pointee(place)),
            permits: Arc::new(Semaphore::new(limits::SEARCHES_MAX)),
            damaged: Arc::default(),
        })
    }

    /// Has the file made anew soon if the error says that it is damaged.
    fn heed<T>(&self, result: Result<T, sqlx::Error>) -> Result<T, Error> {
        let code = result.as_ref().err().and_then(sqlx::Error::as_database_error).and_then(primary_code);
        // Corrupt, not a database.
        if matches!(code, Some(11 | 26)) {
            self.damaged.store(true, Ordering::Release);
            self.journal.appended.wake();
        }
        Ok(result?)
    }

    /// Removes the file of an index that is not to be, if there is one.
    ///
    /// # Errors
    /// [`OpenError::Failed`].
    pub fn remove(path: &Path) -> Result<(), OpenError> {
        Place::throw_away(path)
    }

    /// Takes in the rest of the journal, lest what was taken back stays in the file until the next
    /// start, and closes. Gives up on a long way.
    pub async fn finish(&self) {
        let rest = async {
            while self.take_in().await? {}
            Ok::<(), Error>(())
        };
        if !matches!(timeout(LAST_ROWS, rest).await, Ok(Ok(()))) {
            tracing::info!("the search index takes in the rest at the next start");
        }
        self.close().await;
    }

    /// Closes all connections after what they are doing. Later calls fail.
    pub async fn close(&self) {
        self.place.load_full().close().await;
    }
}

#[async_trait]
impl Search for SearchIndex {
    async fn search(&self, query: Query) -> Result<Vec<Entry>, Error> {
        let unavailable = |cause: &str| Error::Unavailable(cause.to_owned());
        let permit = timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned()).await;
        let permit = permit.map_err(|_| unavailable("too many others search"))?;
        let permit = permit.map_err(|_| unavailable("the index is closed"))?;
        let index = self.clone();
        // In a task of its own: a search that is given up is not broken off in the middle, and holds
        // its permit to the end.
        let searching = tokio::spawn(async move {
            let place = index.place.load_full();
            let found = find::find(&index.journal.readers, &place.readers, &query).await;
            drop(permit);
            index.heed(found)
        });
        match timeout(PATIENCE, searching).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => Err(unavailable(&error.to_string())),
            Err(_) => Err(unavailable("the search took too long")),
        }
    }
}
