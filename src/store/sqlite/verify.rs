//! Looking at the whole of a database file: what SQLite says about it, and each room's chain.
//!
//! Opens the file by itself and only to read, beside a server or without one, whatever state it is
//! in. Memory does not grow with the history; no page is read in the same transaction as the next,
//! so that the server's log can be cut meanwhile.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use crate::ids::{RoomId, Seq};
use crate::store::verify::{Choice, Fault, Head, Progress, Report, Request, Spot, Wrong};

use super::open::{OpenError, base_options, explain};
use super::walk::{Room, Walk};
use super::{int, soundness, uint};

/// Lines that SQLite may say about its file.
const LINES_MAX: u32 = 100;

/// Rooms, each with what it is called.
const ROOMS: &str = "\
    SELECT r.id, COALESCE(r.name, \
    COALESCE((SELECT a.name FROM accounts a WHERE r.one GLOB 'a*' AND a.id = CAST(substr(r.one, 2) AS INTEGER)), \
    substr(r.one, 2)) || '+' || \
    COALESCE((SELECT a.name FROM accounts a WHERE r.other GLOB 'a*' AND a.id = CAST(substr(r.other, 2) AS INTEGER)), \
    substr(r.other, 2))) FROM rooms r ";
const OF_NUMBER: &str = "WHERE r.id = ?1";
const OF_NAME: &str = "WHERE r.folded = ?1 ORDER BY r.id";
const OF_PARTIES: &str = "WHERE (r.one IN (?1, ?2) AND r.other IN (?3, ?4)) \
    OR (r.one IN (?3, ?4) AND r.other IN (?1, ?2)) ORDER BY r.id";
/// The rooms that entries say. Each has a row, but what was damaged may lack it.
const OF_ENTRIES: &str = "SELECT DISTINCT room FROM entries";

/// Looks at a database file, and tells from time to time how far that is.
///
/// # Errors
/// [`OpenError`] if there is no such file, or it is none of ours. That it is damaged is no error
/// but what the report says.
pub async fn verify(
    path: &Path,
    request: &Request,
    tell: &mut (dyn FnMut(Progress) + Send),
) -> Result<Report, OpenError> {
    if !path.is_file() {
        return Err(OpenError::Missing(path.into()));
    }
    // Where no log is there is nothing that this could overlook.
    let is_alone = request.is_at_rest && !with_suffix(path, "-wal").exists();
    let options = base_options(path).read_only(true).immutable(is_alone);
    let mut connection = options.connect().await.map_err(|error| explain(path, &error))?;
    let mut report = Report::default();
    if is_alone {
        for checked in [soundness::check_header(path), soundness::check_pages(path)] {
            match checked {
                Ok(()) => {}
                Err(OpenError::Damaged { cause, .. }) => {
                    report.add(Fault { place: None, what: Wrong::Database(cause) });
                }
                Err(error) => return Err(error),
            }
        }
    }
    if let Err(error) = look(&mut connection, request, tell, &mut report).await {
        let explained = explain(path, &error);
        // What is no fault of the file.
        if matches!(explained, OpenError::Locked(_) | OpenError::ReadOnly(_)) {
            return Err(explained);
        }
        report.add(Fault { place: None, what: Wrong::Database(error.to_string()) });
    }
    // Only read from: nothing is lost if this fails.
    drop(connection.close().await);
    Ok(report)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

async fn look(
    connection: &mut SqliteConnection,
    request: &Request,
    tell: &mut (dyn FnMut(Progress) + Send),
    report: &mut Report,
) -> Result<(), sqlx::Error> {
    if request.rooms == Choice::All {
        look_at_file(connection, report).await;
    }
    let rooms = rooms(connection, &request.rooms, report).await?;
    let total: i64 =
        sqlx::query_scalar("SELECT COALESCE(MAX(id), 0) FROM entries").fetch_one(&mut *connection).await?;
    let walk = Walk::new(connection).await?;
    for (number, title) in rooms {
        let room = Room { id: RoomId(uint(number)), title };
        let before = report.entries;
        walk.room(connection, &room, report, &mut |entries| {
            tell(Progress { entries: before + entries, total: uint(total) });
        })
        .await;
    }
    expect(connection, request, report).await
}

/// What SQLite itself says.
async fn look_at_file(connection: &mut SqliteConnection, report: &mut Report) {
    let sql = AssertSqlSafe(format!("PRAGMA integrity_check({LINES_MAX})"));
    let lines: Result<Vec<String>, _> = sqlx::query_scalar(sql).fetch_all(&mut *connection).await;
    let lines = lines.unwrap_or_else(|error| vec![error.to_string()]);
    for line in lines.into_iter().filter(|line| line != "ok") {
        report.add(Fault { place: None, what: Wrong::Database(line) });
    }
    let orphans =
        sqlx::query_scalar("SELECT \"table\" FROM pragma_foreign_key_check LIMIT ?").bind(LINES_MAX);
    match orphans.fetch_all(&mut *connection).await {
        Ok(tables) => {
            for table in tables {
                report.add(Fault { place: None, what: Wrong::Orphan(table) });
            }
        }
        Err(error) => report.add(Fault { place: None, what: Wrong::Database(error.to_string()) }),
    }
}

async fn rooms(
    connection: &mut SqliteConnection,
    choice: &Choice,
    report: &mut Report,
) -> Result<Vec<(i64, String)>, sqlx::Error> {
    let sql = |clause: &str| AssertSqlSafe(format!("{ROOMS}{clause}"));
    let query = match choice {
        Choice::All => sqlx::query_as(sql("ORDER BY r.id")),
        Choice::Number(id) => sqlx::query_as(sql(OF_NUMBER)).bind(int(id.0)),
        Choice::Named(name) => sqlx::query_as(sql(OF_NAME)).bind(name.folded()),
        Choice::Direct(names) => {
            let mut query = sqlx::query_as(sql(OF_PARTIES));
            for name in names {
                let found = sqlx::query_scalar("SELECT id FROM accounts WHERE folded = ?").bind(name);
                let id: Option<i64> = found.fetch_optional(&mut *connection).await?;
                query = query.bind(id.map(|id| format!("a{id}"))).bind(format!("g{name}"));
            }
            query
        }
    };
    let rooms: Result<Vec<(i64, String)>, _> = query.fetch_all(&mut *connection).await;
    if *choice != Choice::All {
        return rooms;
    }
    let mut fail = |error: sqlx::Error| {
        report.add(Fault { place: None, what: Wrong::Database(error.to_string()) });
    };
    let rooms = rooms.unwrap_or_else(|error| {
        fail(error);
        Vec::new()
    });
    let mut rooms: BTreeMap<i64, String> = rooms.into_iter().collect();
    let spoken: Result<Vec<i64>, _> = sqlx::query_scalar(OF_ENTRIES).fetch_all(connection).await;
    for id in spoken.map_err(fail).unwrap_or_default() {
        rooms.entry(id).or_insert_with(|| format!("room {id}"));
    }
    Ok(rooms.into_iter().collect())
}

/// Whether a head lies in what is gone by the rules of retention (`None`: it does not), and may have
/// been there.
async fn forgotten(connection: &mut SqliteConnection, head: &Head) -> Result<Option<bool>, sqlx::Error> {
    let has_anchors = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'forgotten')";
    if !sqlx::query_scalar::<_, bool>(has_anchors).fetch_one(&mut *connection).await? {
        return Ok(None);
    }
    let query = sqlx::query_as("SELECT seq, link FROM forgotten WHERE room = ? AND seq >= ?");
    let anchor: Option<(i64, Option<Vec<u8>>)> =
        query.bind(int(head.room.0)).bind(int(head.seq.0)).fetch_optional(connection).await?;
    let is_head =
        |seq: i64, link: Option<Vec<u8>>| seq > int(head.seq.0) || link.as_deref() == Some(&head.link.0[..]);
    Ok(anchor.map(|(seq, link)| is_head(seq, link)))
}

/// Whether the heads of an earlier time are still in the chains, which were looked at by now.
async fn expect(
    connection: &mut SqliteConnection,
    request: &Request,
    report: &mut Report,
) -> Result<(), sqlx::Error> {
    for expected in &request.expected {
        let Head { room, seq, link } = expected;
        let query = sqlx::query_scalar("SELECT link FROM entries WHERE room = ? AND seq = ?");
        let found: Option<Option<Vec<u8>>> =
            query.bind(int(room.0)).bind(int(seq.0)).fetch_optional(&mut *connection).await?;
        let what = match found {
            Some(Some(bytes)) if bytes == link.0 => None,
            Some(_) => Some(Wrong::Rewritten),
            None => match forgotten(connection, expected).await? {
                None => Some(Wrong::Cut),
                Some(true) => {
                    report.expected_forgotten += 1;
                    continue;
                }
                Some(false) => Some(Wrong::Rewritten),
            },
        };
        match what {
            None => report.expected_found += 1,
            Some(what) => {
                let title = report.heads.iter().find(|(head, _)| head.room == *room);
                let title = title.map_or_else(|| format!("room {room}"), |(_, title)| title.clone());
                let place = Spot { room: *room, title, seq: Seq(seq.0), at: None };
                report.add(Fault { place: Some(place), what });
            }
        }
    }
    Ok(())
}
