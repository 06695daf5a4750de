//! Opening a database: settings, migrations, and errors that say how to mend it.
//!
//! Never touches a file that is not ours: what carries no mark of ours and is not empty is refused.

use std::fs::{self, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};

use super::{Sqlite, primary_code, soundness};

/// The schema, compiled in. Released files never change (see `migrations/README.md`).
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// `PRAGMA application_id` of our files, set by the first migration.
pub(super) const APPLICATION_ID: i64 = 0x6368_6174;
/// Connections that read; more than processors only keeps pages of history in memory twice.
const READERS: u32 = 3;
/// How long a lock of another process (a backup tool, a stray shell) is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a call waits for a free connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// What SQLite may keep in memory, pages above all, for all connections of the process. As it is
/// compiled here they share their pages: where all room is taken, one that has less than its own
/// share keeps no page at all and reads it anew for each row. So the share of each is all of it, and
/// the limit is on the heap: then the page that was used longest ago gives way, whoever read it.
/// Decision: docs/decisions/0024-what-a-page-costs.md.
const MEMORY_KIB: u32 = 16 * 1024;
/// The write-ahead log is cut back to this after a burst.
pub(super) const LOG_BYTES_MAX: &str = "67108864";

/// Why a database can't be opened, and what helps.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file's directory is not there.
    #[error(
        "there is no directory {}; make it (mkdir -p) or choose another place with --data-dir or --database",
        .0.display()
    )]
    MissingDirectory(PathBuf),
    /// There is no such file, and none is to be made.
    #[error("there is no database {}; say which one is meant with --data-dir or --database", .0.display())]
    Missing(PathBuf),
    /// What it holds is not what was written.
    #[error(
        "the database {} is damaged: {cause}; leave it as it is, see what is wrong with chatctl verify, and restore a backup with chatctl restore (docs/operations.md)",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, as far as that is known.
        cause: String,
    },
    /// The file holds something else.
    #[error(
        "{} is not a SQLite database, or its beginning is damaged; if it was one, restore a backup with chatctl restore, else move it away, or choose another file with --database",
        .0.display()
    )]
    NotADatabase(PathBuf),
    /// The file is a database of another program.
    #[error(
        "{} is a database of another program; choose another file with --database",
        .0.display()
    )]
    Foreign(PathBuf),
    /// A newer version of chat-secure has changed its schema.
    #[error(
        "{} was written by a newer version of chat-secure (schema {found}, this one knows {known}); install that version, or restore a backup from before the update",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The latest schema that this program knows.
        known: i64,
    },
    /// Its schema is none that was released.
    #[error(
        "{} has a schema that no release of chat-secure made (migration {version} differs); restore a backup, or start with a new file",
        path.display()
    )]
    Altered {
        /// The file.
        path: PathBuf,
        /// The migration that differs.
        version: i64,
    },
    /// It can't be written to.
    #[error(
        "can't write to {}; make the file and its directory writable for the user that runs the server (chown, chmod u+w), or free the disk",
        .0.display()
    )]
    ReadOnly(PathBuf),
    /// Another program holds a lock on it.
    #[error("{} is locked by another program; stop that program and try again", .0.display())]
    Locked(PathBuf),
    /// Anything else.
    #[error("can't open the database {}: {cause}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// In SQLite's or the system's words.
        cause: String,
    },
}

impl Sqlite {
    /// Opens the file, which is made (readable for its owner only) if it is missing, and brings
    /// its schema up to date.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        make_private(path)?;
        soundness::check_header(path)?;
        let failed = |error: sqlx::Error| explain(path, &error);
        let writer = pool(1).min_connections(1).connect_with(writer_options(path)).await.map_err(failed)?;
        check(path, &writer).await?;
        // After a crash the log may still hold what was erased. If it can't be cut now it is later.
        let cut: Result<i64, _> =
            sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&writer).await;
        if cut.is_ok_and(|busy| busy == 0) {
            soundness::check_pages(path)?;
        }
        MIGRATIONS.run(&writer).await.map_err(|error| explain_migration(path, &error))?;
        soundness::check_schema(path, &writer).await?;
        let readers = pool(READERS).connect_with(base_options(path).read_only(true)).await.map_err(failed)?;
        Ok(Self {
            writer,
            readers,
            cutting: Arc::default(),
            transactions: Arc::default(),
            appended: Arc::default(),
            heads: Arc::default(),
            rule_set: Arc::default(),
            let_go: Arc::default(),
        })
    }
}

/// The latest schema that this program knows: the number of its last migration.
#[must_use]
pub fn schema() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default()
}

/// Connections that stay.
pub(super) fn pool(connections_max: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections_max)
        .max_lifetime(None)
        .idle_timeout(None)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
}

pub(super) fn base_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(128)
        .pragma("cache_size", format!("-{MEMORY_KIB}"))
        .pragma("soft_heap_limit", (MEMORY_KIB * 1024).to_string())
        .disable_statement_logging()
}

fn writer_options(path: &Path) -> SqliteConnectOptions {
    base_options(path)
        // So that what retention leaves empty can be given back; takes effect on new files only.
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        // What a redaction erases is overwritten, not only marked as free.
        .pragma("secure_delete", "ON")
        .pragma("journal_size_limit", LOG_BYTES_MAX)
}

/// Makes the file before SQLite does, which would let everybody read it; SQLite gives its log
/// the same mode.
pub(super) fn make_private(path: &Path) -> Result<(), OpenError> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !dir.is_dir() {
        return Err(OpenError::MissingDirectory(dir.into()));
    }
    let refused = |error: io::Error| {
        let kinds = [io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem];
        if kinds.contains(&error.kind()) {
            return OpenError::ReadOnly(path.into());
        }
        OpenError::Failed { path: path.into(), cause: error.to_string() }
    };
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(refused)?;
    let mode = file.metadata().map_err(refused)?.permissions().mode();
    if mode & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(refused)?;
        tracing::warn!(path = %path.display(), "the database was readable for others; it no longer is");
    }
    Ok(())
}

/// Refuses what is not ours or can't be written to.
async fn check(path: &Path, writer: &SqlitePool) -> Result<(), OpenError> {
    let failed = |error: sqlx::Error| explain(path, &error);
    let id: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(writer).await.map_err(failed)?;
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE tbl_name <> '_sqlx_migrations'")
            .fetch_one(writer)
            .await
            .map_err(failed)?;
    if id != APPLICATION_ID && (id != 0 || tables != 0) {
        let ours = "SELECT count(*) = 2 FROM sqlite_schema WHERE name IN ('entries', '_sqlx_migrations')";
        if sqlx::query_scalar(ours).fetch_one(writer).await.map_err(failed)? {
            let cause = "the mark of chat-secure in its header is gone".into();
            return Err(OpenError::Damaged { path: path.into(), cause });
        }
        return Err(OpenError::Foreign(path.into()));
    }
    // Reading works on a read-only file: find out now, not at the first message.
    sqlx::raw_sql("BEGIN IMMEDIATE; ROLLBACK").execute(writer).await.map_err(failed)?;
    Ok(())
}

pub(super) fn explain_migration(path: &Path, error: &MigrateError) -> OpenError {
    let path_buf = path.to_path_buf();
    let known = schema();
    #[allow(clippy::wildcard_enum_match_arm, reason = "a foreign enum that grows")]
    match error {
        MigrateError::VersionMissing(found) if *found > known => {
            OpenError::Newer { path: path_buf, found: *found, known }
        }
        MigrateError::VersionMissing(version)
        | MigrateError::VersionMismatch(version)
        | MigrateError::VersionTooOld(version, _)
        | MigrateError::Dirty(version) => OpenError::Altered { path: path_buf, version: *version },
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => explain(path, error),
        other => OpenError::Failed { path: path_buf, cause: other.to_string() },
    }
}

/// The causes an operator can do something about. Source: sqlite.org/rescode.html.
pub(super) fn explain(path: &Path, error: &sqlx::Error) -> OpenError {
    let path_buf = path.to_path_buf();
    match error.as_database_error().and_then(primary_code) {
        Some(5 | 6) => OpenError::Locked(path_buf),
        Some(8 | 13 | 14) => OpenError::ReadOnly(path_buf),
        Some(11) => OpenError::Damaged { path: path_buf, cause: error.to_string() },
        Some(26) => OpenError::NotADatabase(path_buf),
        _ => OpenError::Failed { path: path_buf, cause: error.to_string() },
    }
}
