//! Reading a stretch of a room's history.
//!
//! Every range becomes an open interval of places that is read from one end, so a page costs the
//! same in a room of a million messages as in a small one. What its reader is not shown is not read
//! over: each sight has a run of its own in an index, and the runs are merged.

use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::clock::Timestamp;
use crate::ids::{RoomId, Seq};
use crate::names::AccountName;
use crate::range::{Content, Point, Range};
use crate::room::{Entry, Role};
use crate::store::Reader;

use super::int;
use super::row::{self, Row, Rows, columns};

/// Places strictly between two bounds, counted from one of them.
#[derive(Clone, Copy)]
struct Interval {
    after: i64,
    before: i64,
    from: End,
}

#[derive(Clone, Copy)]
enum End {
    Oldest,
    Newest,
}

/// Where a point cuts the history.
#[derive(Clone, Copy)]
struct Cut {
    /// The first place that is not before the point.
    first: i64,
    /// The last place that is not after it.
    last: i64,
    /// Where the history ended when this was found out.
    end: i64,
}

impl Cut {
    fn at(seq: Seq) -> Self {
        Self { first: int(seq.0), last: int(seq.0), end: i64::MAX }
    }
}

pub(super) async fn read(
    readers: &SqlitePool,
    room: RoomId,
    reader: &Reader,
    range: Range,
    len_max: usize,
) -> Result<Vec<Entry>, sqlx::Error> {
    let mut connection = readers.acquire().await?;
    let connection = &mut *connection;
    let floor = floor(connection, room, reader).await?;
    let len = i64::try_from(len_max).unwrap_or(i64::MAX);
    let all = Interval { after: floor, before: i64::MAX, from: End::Oldest };
    let interval = match range {
        Range::Latest(None) => Interval { from: End::Newest, ..all },
        Range::Latest(Some(point)) => {
            let cut = cut(connection, room, point).await?;
            Interval { after: cut.last.max(floor), before: cut.end, from: End::Newest }
        }
        Range::Before(point) => {
            let before = cut(connection, room, point).await?.first;
            Interval { before, from: End::Newest, ..all }
        }
        Range::After(point) => {
            let cut = cut(connection, room, point).await?;
            Interval { after: cut.last.max(floor), before: cut.end, from: End::Oldest }
        }
        Range::Between(one, other) => {
            let (one, other) = (cut(connection, room, one).await?, cut(connection, room, other).await?);
            between(floor, one, other)
        }
        Range::Around(point) => {
            let first = cut(connection, room, point).await?.first;
            let older = Interval { before: first, from: End::Newest, ..all };
            let rest = Interval { after: (first - 1).max(floor), ..all };
            let mut entries = fetch(connection, room, older, reader, len / 2).await?;
            entries.extend(fetch(connection, room, rest, reader, len - len / 2).await?);
            return Ok(entries);
        }
    };
    fetch(connection, room, interval, reader, len).await
}

/// The last place that is not the reader's.
async fn floor(connection: &mut SqliteConnection, room: RoomId, reader: &Reader) -> Result<i64, sqlx::Error> {
    let floor = int(reader.floor.0);
    if reader.since <= Timestamp::default() {
        return Ok(floor);
    }
    Ok(floor.max(find(connection, room, reader.since).await?.first - 1))
}

fn between(floor: i64, one: Cut, other: Cut) -> Interval {
    if one.last < other.first {
        let before = other.first.min(one.end);
        Interval { after: one.last.max(floor), before, from: End::Oldest }
    } else {
        let before = one.first.min(other.end);
        Interval { after: other.last.max(floor), before, from: End::Newest }
    }
}

async fn cut(connection: &mut SqliteConnection, room: RoomId, point: Point) -> Result<Cut, sqlx::Error> {
    match point {
        Point::Seq(seq) => Ok(Cut::at(seq)),
        Point::Entry(seq, at) => {
            let found: Option<i64> = sqlx::query_scalar(ACCEPTED_AT)
                .bind(int(room.0))
                .bind(int(seq.0))
                .fetch_optional(&mut *connection)
                .await?;
            match found {
                // What was forgotten stands before all that is left; whether it was of that time is too.
                None if is_forgotten(connection, room, seq).await? => Ok(Cut::at(seq)),
                Some(found) if found == at.0 => Ok(Cut::at(seq)),
                Some(_) | None => Err(sqlx::Error::RowNotFound),
            }
        }
        Point::Time(at) => find(connection, room, at).await,
    }
}

async fn is_forgotten(
    connection: &mut SqliteConnection,
    room: RoomId,
    seq: Seq,
) -> Result<bool, sqlx::Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM forgotten WHERE room = ? AND seq >= ?)";
    sqlx::query_scalar(sql).bind(int(room.0)).bind(int(seq.0)).fetch_one(connection).await
}

/// Of any kind: a client that pages on from a message keeps its place when that is erased.
const ACCEPTED_AT: &str = "SELECT at FROM entries WHERE room = ? AND seq = ?";

/// Bisection for the first place at a time and the first after it, for `at` never falls with
/// `seq` and `seq` has no gaps: `low` is always before the time, `high` never. The end is taken in
/// the same look, or an entry that comes later in this very millisecond would pass for one after it.
/// Decision: docs/decisions/0003-finding-a-time-in-history.md.
const FIND: &str = "\
    WITH RECURSIVE ends (low, high) AS ( \
        SELECT COALESCE((SELECT MIN(seq) FROM entries WHERE room = ?1), 1) - 1, \
               COALESCE((SELECT MAX(seq) FROM entries WHERE room = ?1), 0) + 1 \
    ), search (at, low, high) AS ( \
        SELECT t.at, low, high FROM (SELECT ?2 AS at UNION ALL SELECT ?2 + 1) t, ends \
        UNION ALL \
        SELECT s.at, CASE WHEN e.at < s.at THEN e.seq ELSE low END, \
               CASE WHEN e.at < s.at THEN high ELSE e.seq END \
        FROM search s JOIN entries e ON e.room = ?1 AND e.seq = (low + high) / 2 \
        WHERE high - low > 1 \
    ) \
    SELECT MIN(CASE WHEN at = ?2 THEN high END), MIN(CASE WHEN at > ?2 THEN high END), \
           (SELECT high FROM ends) FROM search";

async fn find(connection: &mut SqliteConnection, room: RoomId, at: Timestamp) -> Result<Cut, sqlx::Error> {
    let (first, next, end): (i64, i64, i64) =
        sqlx::query_as(FIND).bind(int(room.0)).bind(at.0.min(Timestamp::MAX.0)).fetch_one(connection).await?;
    Ok(Cut { first, last: next - 1, end })
}

/// All of it: there is nothing to leave out but what was erased, and that is rare.
const EVERYTHING: &str = " AND kind <> 21";
/// One's own words to a higher role. The first condition is in the words of the index.
const OWN: &str = " AND account = ?5 AND audience > 0 AND at >= ?6";

/// The statement that reads a page for this reader. In `entries` the sight is the audience, and 3
/// more for a message, 6 more for tags alone (migration 3).
fn statement(reader: &Reader, from: End) -> String {
    let role = match reader.role {
        Role::Member => 0,
        Role::Voice => 1,
        Role::Operator | Role::Founder => 2,
    };
    let (bases, own): (&[u8], _) = match (reader.content, reader.tags) {
        (Content::Messages, _) => (&[3], " AND kind < 10"),
        (Content::Events, false) => (&[0, 3], " AND kind <> 10 AND kind <> 21"),
        (Content::Events, true) => (&[0, 3, 6], EVERYTHING),
    };
    let columns = columns!();
    // By name, for without statistics SQLite takes the index on places, and goes over what is hidden.
    let run = |index: &str, of: &str| {
        format!("SELECT {columns} FROM entries{index} WHERE room = ?1 AND seq > ?2 AND seq < ?3{of}")
    };
    let mut runs: Vec<String> = if role == 2 && bases.len() == 3 {
        vec![run("", EVERYTHING)]
    } else {
        let sights = bases.iter().flat_map(|base| (0..=role).map(move |audience| base + audience));
        sights.map(|sight| run(" INDEXED BY entries_sight", &format!(" AND sight = {sight}"))).collect()
    };
    if own_account(reader).is_some() {
        let of = format!("{OWN} AND audience > {role}{own}");
        runs.push(run(" INDEXED BY entries_narrow", &of));
    }
    let order = match from {
        End::Oldest => "ASC",
        End::Newest => "DESC",
    };
    let runs = runs.join(" UNION ALL ");
    // Not LIMIT ?4: where a limit is a parameter and nothing else, SQLite plans anew for each value.
    let page = format!("{runs} ORDER BY seq {order} LIMIT ?4 + 0");
    format!("SELECT json_group_array(json_array({columns})) FROM ({page})")
}

/// The account, if it is shown anything that its role is not.
fn own_account(reader: &Reader) -> Option<&AccountName> {
    reader.account.as_ref().filter(|_| reader.role < Role::Operator)
}

/// All statements of this file, so that a test can see how each is executed.
#[cfg(test)]
pub(super) fn statements() -> Vec<String> {
    let account = AccountName::parse("a").ok();
    let mut all = vec![FIND.to_owned(), ACCEPTED_AT.to_owned()];
    for role in [Role::Member, Role::Voice, Role::Operator] {
        for (content, tags) in [(Content::Messages, false), (Content::Events, false), (Content::Events, true)]
        {
            for account in [None, account.clone()] {
                let reader = Reader { role, tags, account, ..Reader::of_all(content) };
                all.extend([End::Oldest, End::Newest].map(|from| statement(&reader, from)));
            }
        }
    }
    all
}

async fn fetch(
    connection: &mut SqliteConnection,
    room: RoomId,
    interval: Interval,
    reader: &Reader,
    len: i64,
) -> Result<Vec<Entry>, sqlx::Error> {
    if len == 0 {
        return Ok(Vec::new());
    }
    let sql = AssertSqlSafe(statement(reader, interval.from));
    let mut query = sqlx::query(sql).bind(int(room.0)).bind(interval.after).bind(interval.before).bind(len);
    if let Some(account) = own_account(reader) {
        query = query.bind(account.as_str()).bind(reader.account_since.0);
    }
    let found = query.fetch_one(connection).await?;
    let found = row::text(&found, 0)?;
    let found: Vec<Row<'_>> = row::parse(&found)?;
    let mut rows = Rows::new();
    let mut entries: Vec<Entry> = found.into_iter().filter_map(|row| rows.entry(room, row)).collect();
    // SQLite promises no order inside an array.
    entries.sort_unstable_by_key(|entry| entry.seq);
    Ok(entries)
}
