//! Forgetting in SQL: the first rows of a room, a few at a time, with all that hangs on them.
//! Decision: docs/decisions/0031-retention.md.

use async_trait::async_trait;
use sqlx::query::QueryAs;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqlitePool};

use crate::ids::RoomId;
use crate::limits;
use crate::store::Error;
use crate::store::retention::{Cutoff, Retention, Rule};

use super::{Sqlite, int, uint, uploads};

/// The last of the first rows that the cutoff takes. Rows of a room are in the order of their times, so that
/// these are all in front. The last row of all keeps its number, which else were given out again.
const LAST: &str = "\
    SELECT seq, at, link FROM entries WHERE room = ?1 AND seq = (\
    SELECT MAX(seq) FROM (SELECT id, seq, at FROM entries WHERE room = ?1 ORDER BY seq LIMIT ?2) \
    WHERE (at < ?3 OR seq <= (SELECT MAX(seq) FROM entries WHERE room = ?1) - ?4) \
    AND id < (SELECT MAX(id) FROM entries))";
const UNINDEX: &str = "INSERT OR IGNORE INTO unindexed (id) \
    SELECT id FROM entries WHERE room = ?1 AND seq <= ?2 AND kind < 10";
const DELETE: &str = "DELETE FROM entries WHERE room = ?1 AND seq <= ?2";
const ANCHOR: &str = "INSERT INTO forgotten (room, seq, at, link) VALUES (?1, ?2, ?3, ?4) \
    ON CONFLICT (room) DO UPDATE SET seq = excluded.seq, at = excluded.at, link = excluded.link";

/// All that go along entries, so that a test can see how each is executed.
#[cfg(test)]
pub(super) const STATEMENTS: [&str; 3] = [LAST, UNINDEX, DELETE];

#[async_trait]
impl Retention for Sqlite {
    async fn retention_rules(&self) -> Result<Vec<(RoomId, Rule)>, Error> {
        let sql = "SELECT room, days, entries FROM retention ORDER BY room";
        let rows: Vec<(i64, i64, i64)> =
            sqlx::query_as(sql).fetch_all(&self.readers).await.map_err(Error::from)?;
        let rule = |days, entries| Rule { days_max: uint(days), entries_max: uint(entries) };
        Ok(rows.into_iter().map(|(room, days, entries)| (RoomId(uint(room)), rule(days, entries))).collect())
    }

    async fn set_retention_rule(&self, room: RoomId, rule: Option<Rule>) -> Result<(), Error> {
        self.write(move |connection| {
            Box::pin(async move {
                let query = match rule {
                    Some(rule) => sqlx::query(
                        "INSERT INTO retention (room, days, entries) VALUES (?, ?, ?) ON CONFLICT (room) \
                         DO UPDATE SET days = excluded.days, entries = excluded.entries",
                    )
                    .bind(int(room.0))
                    .bind(int(rule.days_max))
                    .bind(int(rule.entries_max)),
                    None => sqlx::query("DELETE FROM retention WHERE room = ?").bind(int(room.0)),
                };
                query.execute(connection).await.map(|_| ())
            })
        })
        .await?;
        self.rule_set.notify_one();
        Ok(())
    }

    async fn retention_rule_set(&self) {
        self.rule_set.notified().await;
    }

    async fn rooms_with_entries(&self) -> Result<Vec<RoomId>, Error> {
        let sql = "SELECT id FROM rooms r WHERE EXISTS (SELECT 1 FROM entries WHERE room = r.id) ORDER BY id";
        let rooms: Vec<i64> = sqlx::query_scalar(sql).fetch_all(&self.readers).await.map_err(Error::from)?;
        Ok(rooms.into_iter().map(|room| RoomId(uint(room))).collect())
    }

    async fn forget(&self, room: RoomId, cutoff: Cutoff, len_max: usize) -> Result<usize, Error> {
        // Mostly there is nothing, and nobody has to wait for the one who writes.
        if !has_excess(&self.readers, room, cutoff).await.map_err(Error::from)? {
            return Ok(0);
        }
        let (count, let_go) = self
            .write(move |connection| Box::pin(async move { forget(connection, room, cutoff, len_max).await }))
            .await?;
        self.let_go.push(let_go);
        if count > 0 {
            self.appended.wake();
            self.cut_log_soon();
        }
        Ok(count)
    }

    async fn give_back(&self) -> Result<bool, Error> {
        let left = self.write(|connection| Box::pin(async move { give_back(connection).await })).await?;
        self.cut_log_soon();
        Ok(left)
    }
}

async fn has_excess(readers: &SqlitePool, room: RoomId, cutoff: Cutoff) -> Result<bool, sqlx::Error> {
    let query = last(int(room.0), cutoff, 1);
    Ok(query.fetch_optional(readers).await?.is_some())
}

type Last = (i64, i64, Option<Vec<u8>>);

fn last<'q>(room: i64, cutoff: Cutoff, len_max: usize) -> QueryAs<'q, sqlx::Sqlite, Last, SqliteArguments> {
    let keep = if cutoff.entries_max == 0 { i64::MAX } else { int(cutoff.entries_max) };
    sqlx::query_as(LAST)
        .bind(room)
        .bind(i64::try_from(len_max).unwrap_or(i64::MAX))
        .bind(cutoff.before.map_or(i64::MIN, |before| before.0))
        .bind(keep)
}

/// How many went, and the contents of uploads that went with them.
async fn forget(
    connection: &mut SqliteConnection,
    room: RoomId,
    cutoff: Cutoff,
    len_max: usize,
) -> Result<(usize, Vec<String>), sqlx::Error> {
    let room = int(room.0);
    let last = last(room, cutoff, len_max).fetch_optional(&mut *connection).await?;
    let Some((seq, at, link)) = last else { return Ok((0, Vec::new())) };
    let let_go = uploads::untie_up_to(connection, room, seq).await?;
    sqlx::query(UNINDEX).bind(room).bind(seq).execute(&mut *connection).await?;
    let deleted = sqlx::query(DELETE).bind(room).bind(seq).execute(&mut *connection).await?;
    sqlx::query(ANCHOR).bind(room).bind(seq).bind(at).bind(link).execute(connection).await?;
    Ok((usize::try_from(deleted.rows_affected()).unwrap_or(usize::MAX), let_go))
}

/// Only databases that were made with it give pages back; in others they are used again.
async fn give_back(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let free: i64 = sqlx::query_scalar("PRAGMA freelist_count").fetch_one(&mut *connection).await?;
    let sql = format!("PRAGMA incremental_vacuum({})", limits::PAGES_GIVEN_BACK_LEN);
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *connection).await?;
    let left: i64 = sqlx::query_scalar("PRAGMA freelist_count").fetch_one(connection).await?;
    Ok(left > 0 && left < free)
}
