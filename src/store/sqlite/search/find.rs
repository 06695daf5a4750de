//! Looking something up: the index names entries, the journal says what they are.

use std::collections::{BTreeMap, HashMap};

use sqlx::Row as _;
use sqlx::sqlite::SqlitePool;

use crate::clock::Timestamp;
use crate::ids::RoomId;
use crate::room::Entry;
use crate::store::Reader;
use crate::store::search::{Query, Scope};

use super::super::row::{self, Row, Rows, columns};
use super::expression::expression;

/// How often the index is asked again because some of what it named is not there any more; each
/// time for twice as many.
const ROUNDS_MAX: u32 = 6;

/// An entry and its id, by which they are in order.
type Found = (i64, Entry);

pub(super) async fn find(
    journal: &SqlitePool,
    index: &SqlitePool,
    query: &Query,
) -> Result<Vec<Entry>, sqlx::Error> {
    // Rooms from the beginning are one question, a guest's conversations another.
    let mut groups: BTreeMap<Timestamp, Vec<&Scope>> = BTreeMap::new();
    for scope in &query.scopes {
        groups.entry(scope.reader.since).or_default().push(scope);
    }
    let mut found: Vec<Found> = Vec::new();
    for (since, scopes) in groups {
        found.extend(find_in(journal, index, query, since, &scopes).await?);
    }
    found.sort_unstable_by_key(|(id, _)| *id);
    if query.after.is_some() {
        found.truncate(query.len_max);
    } else {
        found.drain(..found.len().saturating_sub(query.len_max));
    }
    Ok(found.into_iter().map(|(_, entry)| entry).collect())
}

async fn find_in(
    journal: &SqlitePool,
    index: &SqlitePool,
    query: &Query,
    since: Timestamp,
    scopes: &[&Scope],
) -> Result<Vec<Found>, sqlx::Error> {
    let readers: HashMap<RoomId, &Reader> = scopes.iter().map(|scope| (scope.room, &scope.reader)).collect();
    let (from, to) = (query.after.unwrap_or_default().max(since), query.before.unwrap_or(Timestamp::MAX));
    let is_asked = |entry: &Entry| {
        let is_shown = readers.get(&entry.room).is_some_and(|reader| reader.is_shown(entry));
        is_shown && entry.at >= from && entry.at <= to
    };
    let expression = expression(query, scopes);
    let mut after = if from > Timestamp::default() { first_at(journal, from).await? - 1 } else { 0 };
    let mut before =
        if to < Timestamp::MAX { first_at(journal, Timestamp(to.0 + 1)).await? } else { i64::MAX };
    let sql = if query.after.is_some() { EARLIEST } else { LATEST };
    let mut found = Vec::new();
    for round in 0..ROUNDS_MAX {
        let wanted = query.len_max << round;
        let ids: Vec<i64> = sqlx::query_scalar(sql)
            .bind(&expression)
            .bind(after)
            .bind(before)
            .bind(i64::try_from(wanted).unwrap_or(i64::MAX))
            .fetch_all(index)
            .await?;
        let loaded = load(journal, &ids).await?;
        found.extend(loaded.into_iter().filter(|(_, entry)| is_asked(entry)));
        let Some(last) = ids.last().filter(|_| ids.len() == wanted && found.len() < query.len_max) else {
            break;
        };
        if query.after.is_some() {
            after = *last;
        } else {
            before = *last;
        }
    }
    Ok(found)
}

macro_rules! ids {
    ($order:literal) => {
        concat!(
            "SELECT rowid FROM messages WHERE messages MATCH ?1 AND rowid > ?2 AND rowid < ?3 ",
            "ORDER BY rowid ",
            $order,
            " LIMIT ?4"
        )
    };
}

const EARLIEST: &str = ids!("ASC");
const LATEST: &str = ids!("DESC");

/// Bisection for the id of the first entry at a time, for `at` never falls with the id either. Where
/// an id is missing the one before it stands for it.
pub(super) const FIRST_AT: &str = "\
    WITH RECURSIVE search (low, high) AS ( \
        SELECT COALESCE((SELECT MIN(id) FROM entries), 1) - 1, \
               COALESCE((SELECT MAX(id) FROM entries), 0) + 1 \
        UNION ALL \
        SELECT CASE WHEN COALESCE((SELECT e.at FROM entries e WHERE e.id <= (low + high) / 2 \
                   ORDER BY e.id DESC LIMIT 1), -1) < ?1 THEN (low + high) / 2 ELSE low END, \
               CASE WHEN COALESCE((SELECT e.at FROM entries e WHERE e.id <= (low + high) / 2 \
                   ORDER BY e.id DESC LIMIT 1), -1) < ?1 THEN high ELSE (low + high) / 2 END \
        FROM search WHERE high - low > 1 \
    ) \
    SELECT MIN(high) FROM search";

async fn first_at(journal: &SqlitePool, at: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(FIRST_AT).bind(at.0).fetch_one(journal).await
}

pub(super) const BY_ID: &str = concat!(
    "SELECT json_group_array(json_array(id, room, json_array(",
    columns!(),
    "))) FROM entries WHERE id IN (SELECT value FROM json_each(?1)) AND kind < 10"
);

/// What of these is still there.
async fn load(journal: &SqlitePool, ids: &[i64]) -> Result<Vec<Found>, sqlx::Error> {
    let ids = serde_json::to_string(ids).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let found = sqlx::query(BY_ID).bind(ids).fetch_one(journal).await?;
    let found: Vec<(i64, RoomId, Row<'_>)> = row::parse(found.get(0))?;
    let mut rows = Rows::new();
    let entry = |(id, room, row)| Some((id, rows.entry(room, row)?));
    Ok(found.into_iter().filter_map(entry).collect())
}
