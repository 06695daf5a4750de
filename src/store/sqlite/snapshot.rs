//! One consistent copy of a database as it is at this moment, whoever writes to it meanwhile.
//!
//! Read by a connection of its own, in whatever process: never a byte of the database is changed, and its schema
//! stays as it is, which may be that of another version.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};

use crate::store::uploads::ContentHash;

use super::open::{APPLICATION_ID, OpenError, base_options, explain};
use super::uint;

/// Fixed by `VACUUM INTO`: one transaction that reads, so nobody waits for it. What is free in the original, where
/// erased text may have left a trace, is not in the copy.
const COPY: &str = "VACUUM INTO ?";
/// While the copy is read the log can't be cut; what was erased meanwhile must not stay in it.
const CUT_LOG: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// What is known of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The number of its last migration.
    pub schema: i64,
    /// The contents of its uploads, each once, with their sizes in bytes.
    pub uploads: Vec<(ContentHash, u64)>,
}

impl Snapshot {
    /// Copies the database to a file that is made for it, readable for its owner only.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn take(database: &Path, to: &Path) -> Result<Self, OpenError> {
        let failed = |cause: String| OpenError::Failed { path: database.into(), cause };
        if !database.is_file() {
            return Err(failed("there is none; has the server been started?".into()));
        }
        make(to).map_err(|error| OpenError::Failed { path: to.into(), cause: error.to_string() })?;
        let target = to.to_str().ok_or_else(|| failed("the path of its copy is not UTF-8".into()))?;
        let mut original =
            base_options(database).connect().await.map_err(|error| explain(database, &error))?;
        let copied = copy(&mut original, database, target).await;
        // If others are in the way, the server cuts it as ever.
        drop(sqlx::query(CUT_LOG).execute(&mut original).await);
        // Nothing was written: there is nothing that could fail to be.
        drop(original.close().await);
        copied?;
        let mut copy = base_options(to).connect().await.map_err(|error| explain(to, &error))?;
        let snapshot = describe(&mut copy).await.map_err(|error| explain(to, &error));
        drop(copy.close().await);
        snapshot
    }
}

fn make(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}

async fn copy(original: &mut SqliteConnection, database: &Path, target: &str) -> Result<(), OpenError> {
    let failed = |error: sqlx::Error| explain(database, &error);
    let id: i64 =
        sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *original).await.map_err(failed)?;
    if id != APPLICATION_ID {
        return Err(OpenError::Foreign(database.into()));
    }
    sqlx::query(COPY).bind(target).execute(original).await.map_err(failed)?;
    Ok(())
}

async fn describe(copy: &mut SqliteConnection) -> Result<Snapshot, sqlx::Error> {
    let schema =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&mut *copy).await?;
    let has_uploads: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'uploads')")
            .fetch_one(&mut *copy)
            .await?;
    let uploads = if has_uploads { contents(copy).await? } else { Vec::new() };
    Ok(Snapshot { schema, uploads })
}

/// The contents of all uploads, each once.
pub(super) async fn contents(
    connection: &mut SqliteConnection,
) -> Result<Vec<(ContentHash, u64)>, sqlx::Error> {
    let rows = sqlx::query("SELECT hash, max(bytes) FROM uploads GROUP BY hash ORDER BY hash")
        .fetch_all(connection)
        .await?;
    let content = |row: &sqlx::sqlite::SqliteRow| Some((ContentHash::parse(row.get(0))?, uint(row.get(1))));
    Ok(rows.iter().filter_map(content).collect())
}
