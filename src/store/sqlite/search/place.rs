//! The file of the index: opening it, and throwing it away when it is of no use.
//!
//! Holds nothing that is not in the journal, so no doubt is worth an error.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};

use crate::limits;
use crate::store::search::words;

use super::super::open::{self, OpenError};

/// The schema, compiled in; see `migrations/README.md`.
static MIGRATIONS: Migrator = sqlx::migrate!("migrations/search");

/// `PRAGMA application_id` of the file, set by the first migration.
const APPLICATION_ID: i64 = 0x7372_6368;

/// An open file.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
}

impl Place {
    /// Opens the file. One that is of no use is thrown away before.
    pub(super) async fn open_or_renew(path: &Path) -> Result<Self, OpenError> {
        match Self::open(path).await {
            Ok(place) => Ok(place),
            // Nobody can make a file there, or somebody else works in it: a new one changes nothing.
            Err(error @ (OpenError::MissingDirectory(_) | OpenError::ReadOnly(_) | OpenError::Locked(_))) => {
                Err(error)
            }
            Err(error) => {
                tracing::warn!(%error, "the search index is of no use; it is made anew");
                Self::throw_away(path)?;
                Self::open(path).await
            }
        }
    }

    /// Puts an empty file in the place of this one.
    pub(super) async fn renew(&self) -> Result<Self, OpenError> {
        self.close().await;
        Self::throw_away(&self.path)?;
        Self::open(&self.path).await
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn open(path: &Path) -> Result<Self, OpenError> {
        open::make_private(path)?;
        let failed = |error: sqlx::Error| open::explain(path, &error);
        let writer = open::pool(1).connect_with(writer_options(path)).await.map_err(failed)?;
        check(path, &writer).await?;
        MIGRATIONS.run(&writer).await.map_err(|error| open::explain_migration(path, &error))?;
        sqlx::query("INSERT INTO messages (messages, rank) VALUES ('hashsize', ?)")
            .bind(limits::INDEX_HASH_BYTES)
            .execute(&writer)
            .await
            .map_err(failed)?;
        let readers = u32::try_from(limits::SEARCHES_MAX).unwrap_or(1);
        let readers = open::pool(readers)
            .connect_with(open::base_options(path).read_only(true))
            .await
            .map_err(failed)?;
        let place = Self { path: path.into(), writer, readers };
        let form: Option<i64> = sqlx::query_scalar("SELECT form FROM cursor")
            .fetch_optional(&place.writer)
            .await
            .map_err(failed)?;
        if form.is_some_and(|form| form != words::FORM) {
            return Err(OpenError::Failed { path: path.into(), cause: "its words have another form".into() });
        }
        Ok(place)
    }

    pub(super) fn throw_away(path: &Path) -> Result<(), OpenError> {
        for suffix in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            match fs::remove_file(PathBuf::from(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(OpenError::Failed { path: path.into(), cause: error.to_string() });
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

fn writer_options(path: &Path) -> SqliteConnectOptions {
    // Rows and cursor are written together: a power cut takes both back, and they come again.
    open::base_options(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        // What was erased is overwritten, not only marked as free.
        .pragma("secure_delete", "ON")
        .pragma("journal_size_limit", open::LOG_BYTES_MAX)
}

/// Refuses what is not our index, or is damaged where everybody must look.
async fn check(path: &Path, writer: &SqlitePool) -> Result<(), OpenError> {
    let failed = |error: sqlx::Error| open::explain(path, &error);
    let id: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(writer).await.map_err(failed)?;
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(writer).await.map_err(failed)?;
    if id != APPLICATION_ID && (id != 0 || tables != 0) {
        return Err(OpenError::Foreign(path.into()));
    }
    Ok(())
}
