//! What a database is asked before it is used: its header, its schema, and the newest entries.
//!
//! Takes a moment, however large the file is; the whole of it is looked at by `verify`. Changes nothing.
//! Decision: docs/decisions/0030-a-chain-of-hashes.md.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePool};
use sqlx::{AssertSqlSafe, ConnectOptions as _};

use crate::ids::RoomId;
use crate::limits;
use crate::store::verify::{Fault, Report};

use super::open::{APPLICATION_ID, MIGRATIONS, OpenError, explain, explain_migration};
use super::walk::{COLUMNS, Room, State, stored};
use super::{Sqlite, int, uint};

const HEADER_BYTES: usize = 100;

/// What tables have for columns, and indexes.
const FORM: &str = "\
    SELECT concat_ws(' ', m.type, m.name, m.tbl_name, x.name, x.type, x.\"notnull\", x.pk, x.hidden) \
    FROM sqlite_schema m, pragma_table_xinfo(m.name) x WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' \
    UNION ALL SELECT concat_ws(' ', m.type, m.name, m.tbl_name, x.seqno, x.name) \
    FROM sqlite_schema m, pragma_index_xinfo(m.name) x WHERE m.type = 'index'";

/// Four bytes of the header. Source: sqlite.org/fileformat.html, the database header.
fn number(bytes: &[u8], at: usize) -> u64 {
    bytes[at..at + 4].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Looks, before SQLite does, at what is the same in the headers of all our files. What does not bear our
/// mark is somebody else's business.
pub(super) fn check_header(path: &Path) -> Result<(), OpenError> {
    let mut header = [0; HEADER_BYTES];
    let is_whole = File::open(path).and_then(|mut file| file.read_exact(&mut header)).is_ok();
    if !is_whole || !header.starts_with(b"SQLite format 3\0") || int(number(&header, 68)) != APPLICATION_ID {
        return Ok(());
    }
    // How often the schema was changed: at first there is none.
    let is_new = number(&header, 40) == 0;
    let faults = [
        // Without a log (1), as a tool may have left it, or with one (2).
        (18, header[18..20].iter().any(|version| ![1, 2].contains(version))),
        // No room at the end of pages, and fractions that never were others.
        (20, header[20..24] != [0, 64, 32, 32]),
        (44, !is_new && number(&header, 44) != 4),
        (56, !is_new && number(&header, 56) != 1),
        (64, number(&header, 64) > 1 || (number(&header, 64) == 1 && number(&header, 52) == 0)),
        (72, header[72..92].iter().any(|byte| *byte != 0)),
    ];
    match faults.iter().find(|(_, is_wrong)| *is_wrong) {
        None => Ok(()),
        Some((at, _)) => {
            let cause = format!("its header is none that was written (byte {at})");
            Err(OpenError::Damaged { path: path.into(), cause })
        }
    }
}

/// Holds the header against the file: how long it is, and which pages are free. The log must be folded in.
pub(super) fn check_pages(path: &Path) -> Result<(), OpenError> {
    let failed = |error: io::Error| OpenError::Failed { path: path.into(), cause: error.to_string() };
    let mut file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let mut header = [0; HEADER_BYTES];
    // New: there is nothing in it yet.
    if size == 0 {
        return Ok(());
    }
    let damaged = |cause: String| OpenError::Damaged { path: path.into(), cause };
    file.read_exact(&mut header).map_err(|_| damaged("it ends within its header".into()))?;
    let page_bytes = match number(&header, 14) & 0xffff {
        1 => 65_536,
        bytes => bytes,
    };
    let pages = number(&header, 28);
    if size != pages * page_bytes {
        return Err(damaged(format!("it has {size} bytes, and {} by its header", pages * page_bytes)));
    }
    if number(&header, 52) > pages || !are_free(&mut file, &header, page_bytes).map_err(failed)? {
        return Err(damaged("its header does not know which pages are free".into()));
    }
    Ok(())
}

/// Whether there are as many free pages as the header says: each of a chain of pages lists some more.
fn are_free(file: &mut File, header: &[u8], page_bytes: u64) -> io::Result<bool> {
    let pages = number(header, 28);
    let (mut trunk, mut left) = (number(header, 32), number(header, 36));
    while trunk != 0 {
        let mut start = [0; 8];
        if trunk > pages || left == 0 {
            return Ok(false);
        }
        file.seek(SeekFrom::Start((trunk - 1) * page_bytes))?;
        file.read_exact(&mut start)?;
        let listed = number(&start, 4);
        if listed >= left {
            return Ok(false);
        }
        (trunk, left) = (number(&start, 0), left - 1 - listed);
    }
    Ok(left == 0)
}

/// Holds the schema against that of a new database. What an operator has added is no fault.
pub(super) async fn check_schema(path: &Path, writer: &SqlitePool) -> Result<(), OpenError> {
    let failed = |error: sqlx::Error| explain(path, &error);
    let mut fresh = SqliteConnectOptions::new().in_memory(true).connect().await.map_err(failed)?;
    MIGRATIONS.run(&mut fresh).await.map_err(|error| explain_migration(path, &error))?;
    let expected: Vec<String> = sqlx::query_scalar(FORM).fetch_all(&mut fresh).await.map_err(failed)?;
    let found: Vec<String> = sqlx::query_scalar(FORM).fetch_all(writer).await.map_err(failed)?;
    let found: BTreeSet<String> = found.into_iter().collect();
    match expected.into_iter().find(|line| !found.contains(line)) {
        None => Ok(()),
        Some(line) => {
            let cause = format!("its schema lacks \"{line}\"");
            Err(OpenError::Damaged { path: path.into(), cause })
        }
    }
}

impl Sqlite {
    /// Looks along the chains at the newest [`limits::CHECKED_AT_START_LEN`] entries: what a crash or a
    /// dying disk spoils is mostly what was written last.
    ///
    /// # Errors
    /// [`OpenError::Damaged`].
    pub async fn check_newest(&self, path: &Path) -> Result<(), OpenError> {
        let found = match self.readers.acquire().await {
            Ok(mut connection) => newest(&mut connection).await,
            Err(error) => Err(error),
        };
        let cause = match found {
            Ok(None) => return Ok(()),
            Ok(Some(Fault { place: Some(spot), what })) => {
                format!("room {}, entry {}: {what}", spot.room, spot.seq)
            }
            Ok(Some(Fault { place: None, what })) => what.to_string(),
            Err(error) if super::is_damage(&error) => error.to_string(),
            Err(error) => return Err(explain(path, &error)),
        };
        Err(OpenError::Damaged { path: path.into(), cause })
    }
}

async fn newest(connection: &mut SqliteConnection) -> Result<Option<Fault>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS}, salt, digest, link FROM entries \
         WHERE id > (SELECT MAX(id) FROM entries) - {} ORDER BY room, seq",
        limits::CHECKED_AT_START_LEN
    );
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut *connection).await?;
    let mut report = Report::default();
    let mut walked: Option<(Room, State)> = None;
    for row in &rows {
        let entry = stored(row)?;
        let room = Room { id: RoomId(uint(entry.room)), title: String::new() };
        let (room, mut state) = match walked.take() {
            Some((last, state)) if last.id == room.id => (last, state),
            other => {
                if let Some((last, state)) = other {
                    state.end(&last, &mut report);
                }
                let state = State::before(connection, &room, entry.seq).await?;
                (room, state)
            }
        };
        state.take(connection, &room, &entry, &mut report).await;
        walked = Some((room, state));
    }
    if let Some((last, state)) = walked {
        state.end(&last, &mut report);
    }
    Ok(report.faults.into_iter().next())
}
