//! Reading a stretch of a room's history.
//!
//! Every range becomes an open interval of places that is read from one end, so a page costs the
//! same in a room of a million messages as in a small one. Never reads more rows than it returns.

use std::borrow::Cow;
use std::sync::Arc;

use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row as _, SqliteConnection};

use crate::clock::Timestamp;
use crate::ids::{RoomId, Seq};
use crate::names::{AccountName, Nick};
use crate::range::{Content, Point, Range};
use crate::room::{Author, Entry};

use super::record::{self, Record};
use super::{int, uint};

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

pub(super) async fn read(
    readers: &SqlitePool,
    room: RoomId,
    floor: Seq,
    range: Range,
    content: Content,
    len_max: usize,
) -> Result<Vec<Entry>, sqlx::Error> {
    let mut connection = readers.acquire().await?;
    let connection = &mut *connection;
    let floor = int(floor.0);
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
            let mut entries = fetch(connection, room, older, content, len / 2).await?;
            entries.extend(fetch(connection, room, rest, content, len - len / 2).await?);
            return Ok(entries);
        }
    };
    fetch(connection, room, interval, content, len).await
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
        Point::Seq(seq) => Ok(Cut { first: int(seq.0), last: int(seq.0), end: i64::MAX }),
        Point::Time(at) => find(connection, room, at).await,
    }
}

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

macro_rules! page {
    ($messages:literal, $order:literal) => {
        concat!(
            "SELECT seq, at, kind, version, source, account, bot, target, body, tags, detail FROM entries ",
            "WHERE room = ? AND seq > ? AND seq < ?",
            $messages,
            " ORDER BY seq ",
            $order,
            " LIMIT ?"
        )
    };
}

// 21 is `record::KIND_ERASED`: what is gone keeps its place, and is in no history.
const EVENTS_FORWARD: &str = page!(" AND kind <> 21", "ASC");
const EVENTS_BACKWARD: &str = page!(" AND kind <> 21", "DESC");
const MESSAGES_FORWARD: &str = page!(" AND kind < 10", "ASC");
const MESSAGES_BACKWARD: &str = page!(" AND kind < 10", "DESC");

/// All of them, so that a test can see how each is executed.
#[cfg(test)]
pub(super) const STATEMENTS: [&str; 5] =
    [FIND, EVENTS_FORWARD, EVENTS_BACKWARD, MESSAGES_FORWARD, MESSAGES_BACKWARD];

async fn fetch(
    connection: &mut SqliteConnection,
    room: RoomId,
    interval: Interval,
    content: Content,
    len: i64,
) -> Result<Vec<Entry>, sqlx::Error> {
    let sql = match (content, interval.from) {
        (Content::Events, End::Oldest) => EVENTS_FORWARD,
        (Content::Events, End::Newest) => EVENTS_BACKWARD,
        (Content::Messages, End::Oldest) => MESSAGES_FORWARD,
        (Content::Messages, End::Newest) => MESSAGES_BACKWARD,
    };
    let rows = sqlx::query(sql)
        .bind(int(room.0))
        .bind(interval.after)
        .bind(interval.before)
        .bind(len)
        .fetch_all(connection)
        .await?;
    let mut page = Page { room, last: None, target: "".into() };
    let mut entries: Vec<Entry> = rows.iter().filter_map(|row| page.entry(row)).collect();
    if matches!(interval.from, End::Newest) {
        entries.reverse();
    }
    Ok(entries)
}

/// Neighbours mostly share author and target: they are parsed once.
struct Page {
    room: RoomId,
    last: Option<(String, Arc<Author>)>,
    target: Arc<str>,
}

impl Page {
    /// The entry of a row. One that can't be understood is left out and reported: the rest of the
    /// history is worth more than its completeness.
    fn entry(&mut self, row: &SqliteRow) -> Option<Entry> {
        let entry = self.read(row);
        if let Err(cause) = &entry {
            let (seq, kind): (i64, i64) = (row.get(0), row.get(2));
            tracing::error!(room.id = %self.room, entry.seq = seq, entry.kind = kind, %cause, "a stored entry can't be read");
        }
        entry.ok()
    }

    fn read(&mut self, row: &SqliteRow) -> Result<Entry, String> {
        let record = Record {
            kind: row.get(2),
            version: row.get(3),
            body: Cow::Owned(row.get(8)),
            tags: row.get::<Option<String>, _>(9).map(Cow::Owned),
            detail: row.get::<Option<String>, _>(10).map(Cow::Owned),
        };
        let event = record::decode(record).map_err(|error| error.to_string())?;
        let author = self.author(row.get(4), row.get(5), row.get(6)).ok_or("bad source")?;
        let target: &str = row.get(7);
        if *self.target != *target {
            self.target = target.into();
        }
        Ok(Entry {
            room: self.room,
            seq: Seq(uint(row.get(0))),
            at: Timestamp(row.get(1)),
            author,
            target: Arc::clone(&self.target),
            event,
        })
    }

    fn author(&mut self, source: &str, account: Option<&str>, bot: bool) -> Option<Arc<Author>> {
        if let Some((last, author)) = &self.last
            && last == source
            && author.account.as_ref().map(AccountName::as_str) == account
            && author.bot == bot
        {
            return Some(Arc::clone(author));
        }
        let (nick, rest) = source.split_once('!')?;
        let (user, host) = rest.rsplit_once('@')?;
        let account = match account {
            Some(name) => Some(AccountName::parse(name).ok()?),
            None => None,
        };
        let author = Arc::new(Author {
            nick: Nick::parse(nick).ok()?,
            user: user.into(),
            host: host.into(),
            account,
            bot,
        });
        self.last = Some((source.into(), Arc::clone(&author)));
        Some(author)
    }
}
