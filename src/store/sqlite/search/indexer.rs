//! Following the journal: what is committed is taken into the index, soon and in batches.
//!
//! The cursor is written together with the rows, so the index is complete after any end of the
//! process. Never in a message's way: it takes what is committed, and writes to its own file.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Deserialize;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlitePool};

use crate::ids::{RoomId, Seq};
use crate::limits;
use crate::names::AccountName;
use crate::room::{Entry, Event};
use crate::store::Error;
use crate::store::search::words;

use super::super::{execute, int, transact, uint};
use super::SearchIndex;
use super::expression::{attributes, sight};

/// How long after a commit others are waited for: many messages at once are one batch.
const GATHER: Duration = Duration::from_millis(100);
/// The rest between two batches of a long way, in which others have the processor.
const BREATH: Duration = Duration::from_millis(5);
/// The rest after a failure.
const RETRY: Duration = Duration::from_secs(2);

/// Messages are below 10.
const MESSAGES_END: i64 = 10;
/// A redaction, whose detail names what was erased together with it.
const KIND_REDACTED: i64 = 20;

/// An entry that was taken in; nothing but 0 for the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Cursor {
    id: i64,
    room: i64,
    seq: i64,
    at: i64,
}

/// What a stretch of the journal does to the index.
#[derive(Debug, Default)]
struct Batch {
    /// The words of each message by its id, in the order of ids, in which FTS5 takes them in best.
    rows: BTreeMap<i64, String>,
    /// Ids of what is gone.
    erased: Vec<i64>,
    /// Ids of what was deleted by the rules of retention.
    forgotten: Vec<i64>,
    cursor: Cursor,
    /// Whether there is more to come.
    is_full: bool,
}

impl SearchIndex {
    /// Follows the journal for ever; to be dropped when the server ends.
    pub async fn follow(self) {
        let mut failing = false;
        loop {
            match self.take_in().await {
                Ok(true) => tokio::time::sleep(BREATH).await,
                Ok(false) => {
                    self.journal.appended.wait().await;
                    tokio::time::sleep(GATHER).await;
                }
                Err(error) => {
                    if !failing {
                        tracing::error!(%error, "the search index can't follow; new messages are not found for now");
                    }
                    failing = true;
                    tokio::time::sleep(RETRY).await;
                    continue;
                }
            }
            if std::mem::take(&mut failing) {
                tracing::info!("the search index follows again");
            }
        }
    }

    /// Takes the next entries in. Whether there are more.
    pub(in crate::store::sqlite) async fn take_in(&self) -> Result<bool, Error> {
        if self.damaged.swap(false, Ordering::AcqRel) {
            tracing::warn!("the search index is damaged; it is made anew");
            self.renew().await?;
        }
        let place = self.place.load_full();
        let Some(cursor) = self.heed(self.cursor(&place.writer).await)? else {
            tracing::warn!("the search index belongs to another database; it is made anew");
            self.renew().await?;
            return Ok(true);
        };
        self.heed(self.take_in_after(&place.writer, cursor).await)
    }

    async fn renew(&self) -> Result<(), Error> {
        let renewed =
            self.place.load().renew().await.map_err(|error| Error::Unavailable(error.to_string()))?;
        self.place.store(Arc::new(renewed));
        Ok(())
    }

    /// How far the index has come; `None` if it was not in this journal.
    async fn cursor(&self, index: &SqlitePool) -> Result<Option<Cursor>, sqlx::Error> {
        let cursor: Option<Cursor> =
            sqlx::query_as("SELECT id, room, seq, at FROM cursor").fetch_optional(index).await?;
        let Some(cursor) = cursor.filter(|cursor| cursor.id > 0) else { return Ok(Some(Cursor::default())) };
        let query = sqlx::query_as(AT_CURSOR).bind(cursor.id).bind(cursor.room).bind(cursor.seq);
        let there: Option<Cursor> = query.bind(cursor.at).fetch_optional(&self.journal.readers).await?;
        Ok((there == Some(cursor)).then_some(cursor))
    }

    async fn take_in_after(&self, index: &SqlitePool, cursor: Cursor) -> Result<bool, sqlx::Error> {
        let mut batch = Batch { cursor, ..Batch::default() };
        self.gather_after(&mut batch).await?;
        let is_full = batch.is_full;
        self.gather_forgotten(&mut batch).await?;
        let forgotten = batch.forgotten.clone();
        let erases = !batch.erased.is_empty() || !forgotten.is_empty();
        if batch.cursor == cursor && !erases {
            return Ok(false);
        }
        let index = index.clone();
        // In a task of its own, so that it is not broken off in the middle.
        let writing = tokio::spawn(async move {
            transact(&index, |connection| Box::pin(async move { write(connection, &batch).await })).await?;
            if erases {
                // The log still holds the pages as they were.
                execute(&mut *index.acquire().await?, "PRAGMA wal_checkpoint(TRUNCATE)").await?;
            }
            Ok::<(), sqlx::Error>(())
        });
        writing.await.map_err(|error| sqlx::Error::Protocol(error.to_string()))??;
        if !forgotten.is_empty() {
            self.journal.transact(move |connection| Box::pin(settle(connection, forgotten))).await?;
        }
        Ok(is_full)
    }

    async fn gather_after(&self, batch: &mut Batch) -> Result<(), sqlx::Error> {
        let entries = self.journal.appended.take_after(batch.cursor.id, limits::INDEX_BATCH_LEN);
        if entries.is_empty() {
            return self.read_after(batch).await;
        }
        batch.is_full = entries.len() == limits::INDEX_BATCH_LEN;
        for (id, entry) in entries {
            let (room, seq) = (int(entry.room.0), int(entry.seq.0));
            batch.rows.extend(entry_words(&entry).map(|words| (id, words)));
            batch.cursor = Cursor { id, room, seq, at: entry.at.0 };
            if let Event::Redacted(redacted) = &entry.event {
                self.erase(batch, redacted.message.seq).await?;
            }
        }
        Ok(())
    }

    /// What retention has deleted since. What has not been taken in yet has to wait until it is.
    async fn gather_forgotten(&self, batch: &mut Batch) -> Result<(), sqlx::Error> {
        let query = sqlx::query_scalar(FORGOTTEN).bind(batch.cursor.id);
        let query = query.bind(i64::try_from(limits::INDEX_BATCH_LEN).unwrap_or(i64::MAX));
        batch.forgotten = query.fetch_all(&self.journal.readers).await?;
        for id in &batch.forgotten {
            batch.rows.remove(id);
        }
        batch.is_full |= batch.forgotten.len() == limits::INDEX_BATCH_LEN;
        Ok(())
    }

    async fn read_after(&self, batch: &mut Batch) -> Result<(), sqlx::Error> {
        let rows = sqlx::query(AFTER)
            .bind(batch.cursor.id)
            .bind(i64::try_from(limits::INDEX_BATCH_LEN).unwrap_or(i64::MAX))
            .fetch_all(&self.journal.readers)
            .await?;
        batch.is_full = rows.len() == limits::INDEX_BATCH_LEN;
        for row in &rows {
            let cursor = Cursor { id: row.get(0), room: row.get(1), seq: row.get(2), at: row.get(3) };
            let kind: i64 = row.get(4);
            if kind < MESSAGES_END {
                batch.rows.insert(cursor.id, row_words(row));
            }
            batch.cursor = cursor;
            if let Some(first) = erases(kind, row.get(9)) {
                self.erase(batch, first).await?;
            }
        }
        Ok(())
    }

    /// What the redaction at the cursor has erased: the message at this place, and its edits. They
    /// may have come into this very batch.
    async fn erase(&self, batch: &mut Batch, message: Seq) -> Result<(), sqlx::Error> {
        let gone: Vec<i64> = sqlx::query_scalar(ERASED)
            .bind(batch.cursor.room)
            .bind(int(message.0))
            .bind(batch.cursor.seq)
            .fetch_all(&self.journal.readers)
            .await?;
        for id in &gone {
            batch.rows.remove(id);
        }
        batch.erased.extend(gone);
        Ok(())
    }
}

/// That entry, or that it was deleted by the rules of retention.
pub(super) const AT_CURSOR: &str = "SELECT id, room, seq, at FROM entries WHERE id = ?1 \
    UNION ALL SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (SELECT 1 FROM entries WHERE id = ?1) \
    AND EXISTS (SELECT 1 FROM forgotten WHERE room = ?2 AND seq >= ?3)";
const FORGOTTEN: &str = "SELECT id FROM unindexed WHERE id <= ? ORDER BY id LIMIT ?";
pub(super) const AFTER: &str = "\
    SELECT id, room, seq, at, kind, sight, source, account, body, detail FROM entries \
    WHERE id > ? ORDER BY id LIMIT ?";
/// What was erased between a message and its redaction: the message and its edits.
pub(super) const ERASED: &str =
    "SELECT id FROM entries INDEXED BY entries_sight WHERE room = ? AND sight = 9 AND seq >= ? AND seq < ?";

/// The place of the message that an entry of this kind has erased, together with what followed
/// from it.
fn erases(kind: i64, detail: Option<&str>) -> Option<Seq> {
    #[derive(Deserialize)]
    struct Detail {
        message: Message,
    }
    #[derive(Deserialize)]
    struct Message {
        seq: Seq,
    }
    if kind != KIND_REDACTED {
        return None;
    }
    let detail: Detail = serde_json::from_str(detail?).ok()?;
    Some(detail.message.seq)
}

fn row_words(row: &SqliteRow) -> String {
    let (source, account): (&str, Option<&str>) = (row.get(6), row.get(7));
    let nick = source.split('!').next().unwrap_or_default();
    words(row.get(8), &attributes(RoomId(uint(row.get(1))), row.get(5), nick, account))
}

/// `None` of what is no message.
fn entry_words(entry: &Entry) -> Option<String> {
    let text = entry.event.text()?;
    let (author, sight) = (&entry.author, sight(entry.event.audience()));
    let account = author.account.as_ref().map(AccountName::as_str);
    Some(words(text, &attributes(entry.room, sight, author.nick.as_str(), account)))
}

/// What is found of a message: the words of its text, and behind them what it is found by beside.
fn words(text: &str, attributes: &str) -> String {
    let mut words = words::segment(text);
    words.push(' ');
    words.push_str(attributes);
    words
}

async fn write(connection: &mut SqliteConnection, batch: &Batch) -> Result<(), sqlx::Error> {
    let json = |text: Result<String, serde_json::Error>| text.map_err(|e| sqlx::Error::Encode(Box::new(e)));
    sqlx::query("INSERT INTO messages (rowid, words) SELECT CAST(key AS INTEGER), value FROM json_each(?)")
        .bind(json(serde_json::to_string(&batch.rows))?)
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM messages WHERE rowid IN (SELECT value FROM json_each(?))")
        .bind(json(serde_json::to_string(&[&batch.erased[..], &batch.forgotten[..]].concat()))?)
        .execute(&mut *connection)
        .await?;
    let Cursor { id, room, seq, at } = batch.cursor;
    sqlx::query("INSERT OR REPLACE INTO cursor (one, form, id, room, seq, at) VALUES (1, ?, ?, ?, ?, ?)")
        .bind(words::FORM)
        .bind(id)
        .bind(room)
        .bind(seq)
        .bind(at)
        .execute(connection)
        .await?;
    Ok(())
}

/// These are in no index any more.
async fn settle(connection: &mut SqliteConnection, forgotten: Vec<i64>) -> Result<(), sqlx::Error> {
    let ids = serde_json::to_string(&forgotten).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let sql = "DELETE FROM unindexed WHERE id IN (SELECT value FROM json_each(?))";
    sqlx::query(sql).bind(ids).execute(connection).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redaction_names_what_it_erased() {
        let detail = r#"{"message":{"seq":4,"at":5},"edits":[{"seq":6,"at":7}],"audience":"Voice"}"#;
        for (kind, detail, erased) in [
            (20, Some(detail), Some(Seq(4))),
            (20, Some("{}"), None),
            (20, Some("{"), None),
            (20, None, None),
            (1, Some(detail), None),
            (21, None, None),
        ] {
            assert_eq!(erases(kind, detail), erased, "{kind} {detail:?}");
        }
    }
}
