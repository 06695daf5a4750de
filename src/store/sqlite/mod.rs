//! SQLite: one file in the data directory, one connection that writes, a few that read.
//!
//! Every change is one transaction in a task of its own, so that a caller who goes away never
//! leaves it half done. Nothing here decides anything; no other module speaks SQL.

mod accounts;
mod appended;
mod audit;
mod bans;
mod chain;
mod credentials;
mod erasure;
mod inspection;
mod journal;
mod loading;
mod lock;
mod metadata;
mod open;
mod range;
mod record;
mod retention;
mod row;
mod said;
mod search;
mod second_factors;
mod snapshot;
mod soundness;
#[cfg(test)]
mod tests;
mod uploads;
mod verify;
mod walk;
mod webhooks;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sqlx::error::ErrorKind;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use tokio::sync::Notify;

use super::Error;
use appended::Appended;

pub use inspection::Inspection;
pub use lock::{DataLock, LockError};
pub use open::{OpenError, schema};
pub use search::SearchIndex;
pub use snapshot::Snapshot;
pub use verify::verify;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use {record::fuzz::event as fuzz_event, search::fuzz::expressed as fuzz_expressed};

/// An open database. Copies share its connections.
#[derive(Clone, Debug)]
pub struct Sqlite {
    /// One connection: SQLite has one writer at a time anyway, and here the others wait in a
    /// fair queue instead of polling for the lock.
    writer: SqlitePool,
    readers: SqlitePool,
    /// Whether the log is about to be cut.
    cutting: Arc<AtomicBool>,
    /// Transactions that wait or are under way, and those that a panic has left open.
    transactions: Arc<AtomicUsize>,
    /// Told of each commit of entries; the search index follows.
    appended: Arc<Appended>,
    /// Where the chains of rooms end.
    heads: Arc<chain::Heads>,
    /// Told that a rule of retention was set.
    rule_set: Arc<Notify>,
    /// Told of uploads that were removed; who keeps the files follows.
    let_go: Arc<uploads::LetGo>,
}

type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, sqlx::Error>> + Send + 'c>>;

impl Sqlite {
    /// Closes all connections after what they are doing; the write-ahead log is folded in.
    /// Later calls fail.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Runs `work` in one transaction to its end, whatever becomes of the caller.
    async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send + 'static,
    {
        let store = self.clone();
        to_its_end(async move { store.transact(work).await }).await
    }

    async fn transact<T, F>(&self, work: F) -> Result<T, sqlx::Error>
    where
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T>,
    {
        self.transactions.fetch_add(1, Ordering::AcqRel);
        let done = transact(&self.writer, work).await;
        // A panic does not get here: what it has left open may still be.
        self.transactions.fetch_sub(1, Ordering::AcqRel);
        done
    }

    /// Runs work that is one statement, and so a transaction without being told: one trip to the
    /// connection's thread instead of three. In a transaction that was left open it would never be
    /// committed, so if there may be one it takes the long way, which ends that first.
    async fn transact_one<T, F>(&self, work: F) -> Result<T, sqlx::Error>
    where
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T>,
    {
        let mut connection = self.writer.acquire().await?;
        if self.transactions.load(Ordering::Acquire) > 0 {
            drop(connection);
            return self.transact(work).await;
        }
        let done = work(&mut connection).await;
        if done.as_ref().is_err_and(is_broken) {
            connection.close_on_drop();
        }
        done
    }
}

/// Goes on to its end in a task of its own when the caller goes away.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, sqlx::Error>> + Send + 'static,
) -> Result<T, Error> {
    Ok(tokio::spawn(work).await.map_err(|error| Error::Unavailable(error.to_string()))??)
}

async fn transact<T, F>(writer: &SqlitePool, work: F) -> Result<T, sqlx::Error>
where
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T>,
{
    let mut connection = writer.acquire().await?;
    let done = attempt(&mut connection, work).await;
    if let Err(error) = &done {
        // Says that there is no transaction if SQLite has rolled back by itself, as it does when
        // the disk is full; that is fine.
        let rollback = execute(&mut connection, "ROLLBACK").await;
        if is_broken(error) || rollback.is_err_and(|error| is_broken(&error)) {
            connection.close_on_drop();
        }
    }
    done
}

async fn attempt<T, F>(connection: &mut SqliteConnection, work: F) -> Result<T, sqlx::Error>
where
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T>,
{
    // At once with the write lock: a transaction that reads first and writes later can be refused
    // in the middle.
    if let Err(error) = execute(connection, "BEGIN IMMEDIATE").await {
        // A transaction that was somehow left open would block every later one: end it, try again.
        execute(connection, "ROLLBACK").await.map_err(|_| error)?;
        execute(connection, "BEGIN IMMEDIATE").await?;
    }
    let value = work(connection).await?;
    execute(connection, "COMMIT").await?;
    Ok(value)
}

async fn execute(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::query(sql).execute(connection).await.map(|_| ())
}

/// Whether the connection may be of no more use: I/O error, corrupt, can't open, not a database.
/// A new one sees a disk that is back.
fn is_broken(error: &sqlx::Error) -> bool {
    match error.as_database_error() {
        Some(error) => matches!(primary_code(error), Some(10 | 11 | 14 | 26)),
        None => !matches!(error, sqlx::Error::RowNotFound | sqlx::Error::Encode(_)),
    }
}

/// Whether what is stored is not what was: corrupt, not a database, or a value that can't be.
#[allow(clippy::wildcard_enum_match_arm, reason = "a foreign enum that grows")]
fn is_damage(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => matches!(primary_code(error.as_ref()), Some(11 | 26)),
        sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => true,
        _ => false,
    }
}

/// The primary result code, without the detail in the upper bits. Source: sqlite.org/rescode.html.
fn primary_code(error: &dyn sqlx::error::DatabaseError) -> Option<u32> {
    error.code()?.parse::<u32>().ok().map(|code| code & 0xff)
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::RowNotFound) {
            return Self::NotFound;
        }
        match error.as_database_error().map(sqlx::error::DatabaseError::kind) {
            Some(ErrorKind::UniqueViolation) => Self::Conflict,
            Some(ErrorKind::ForeignKeyViolation) => Self::NotFound,
            _ if is_damage(&error) => Self::Unavailable(format!(
                "the database is damaged ({error}): see what is wrong with chatctl verify, and restore a backup"
            )),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

/// What a stored row should not hold.
fn damaged(what: impl Into<String>) -> sqlx::Error {
    sqlx::Error::Decode(what.into().into())
}

/// SQLite's integers are signed; no number of ours comes near their end.
fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn uint(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
