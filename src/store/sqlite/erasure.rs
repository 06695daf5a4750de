//! Erasing what was redacted: the row keeps its place and who spoke when, and nothing of what was
//! said; its bytes leave the files.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnection, SqlitePool};

use crate::clock::Timestamp;
use crate::ids::{RoomId, Seq};
use crate::room::Earlier;
use crate::store::chain::Content;

use super::record::{Erased, KIND_EDITED, KIND_ERASED, KIND_REDACTED};
use super::{Sqlite, int, uint};

/// How long after an erasure the log is cut: many at once need it once.
const CUT_AFTER: Duration = Duration::from_millis(500);
const CUT_ATTEMPTS_MAX: u32 = 10;

/// What people sent can be erased: messages (below 10) and tags (10), nothing that the room's
/// state follows from.
const ERASABLE: &str = "SELECT id, kind, version, salt, body, tags, detail FROM entries \
    WHERE room = ?1 AND seq = ?2 AND kind <= 10";
/// A few at a time; what is erased is no edit any more.
const ERASABLE_EDITS: &str = "SELECT id, kind, version, salt, body, tags, detail FROM entries \
    WHERE room = ?1 AND json_extract(detail, '$.original.seq') = ?2 AND kind = 8 LIMIT 100";
const ERASE: &str = "UPDATE entries SET kind = 21, body = '', tags = NULL, detail = ?2, salt = NULL, \
    digest = ?3 WHERE id = ?1";
const EDITS: &str = "SELECT seq, at FROM entries \
    WHERE room = ?1 AND json_extract(detail, '$.original.seq') = ?2 AND kind = 8 ORDER BY id LIMIT ?3";

/// All of them, so that a test can see how each is executed.
#[cfg(test)]
pub(super) const STATEMENTS: [&str; 4] = [ERASABLE, ERASABLE_EDITS, ERASE, EDITS];

// The statements say the numbers in words that an index knows.
const _: () = assert!(KIND_EDITED == 8 && KIND_REDACTED == 20 && KIND_ERASED == 21);

/// A row that can be erased.
#[derive(sqlx::FromRow)]
struct Erasable {
    id: i64,
    kind: i64,
    version: i64,
    /// None of what is from before the chain.
    salt: Option<Vec<u8>>,
    body: String,
    tags: Option<String>,
    detail: Option<String>,
}

/// Erases a message and its edits, in the name of the redaction that stands at `redaction`.
pub(super) async fn erase(
    connection: &mut SqliteConnection,
    room: RoomId,
    message: Seq,
    redaction: Seq,
) -> Result<(), sqlx::Error> {
    for sql in [ERASABLE, ERASABLE_EDITS] {
        loop {
            let query = sqlx::query_as(sql).bind(int(room.0)).bind(int(message.0));
            let rows: Vec<Erasable> = query.fetch_all(&mut *connection).await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                erase_row(connection, row, message, redaction).await?;
            }
        }
    }
    Ok(())
}

/// Where the content was its digest stands from now on, and the chain is as whole as before.
async fn erase_row(
    connection: &mut SqliteConnection,
    row: Erasable,
    message: Seq,
    redaction: Seq,
) -> Result<(), sqlx::Error> {
    let digest = row.salt.as_deref().map(|salt| {
        let content = Content {
            salt,
            version: row.version,
            body: row.body.as_bytes(),
            tags: row.tags.as_deref().map(str::as_bytes),
            detail: row.detail.as_deref().map(str::as_bytes),
        };
        content.digest().to_vec()
    });
    let of = (row.kind == KIND_EDITED).then_some(message);
    let erased = Erased { kind: row.kind, of, redaction };
    let detail = serde_json::to_string(&erased).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    sqlx::query(ERASE).bind(row.id).bind(detail).bind(digest).execute(connection).await?;
    Ok(())
}

pub(super) async fn edits(
    readers: &SqlitePool,
    room: RoomId,
    message: Seq,
    len_max: usize,
) -> Result<Vec<Earlier>, sqlx::Error> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(EDITS)
        .bind(int(room.0))
        .bind(int(message.0))
        .bind(i64::try_from(len_max).unwrap_or(i64::MAX))
        .fetch_all(readers)
        .await?;
    Ok(rows.into_iter().map(|(seq, at)| Earlier { seq: Seq(uint(seq)), at: Timestamp(at) }).collect())
}

impl Sqlite {
    /// The write-ahead log still holds the page as it was: folds it in and cuts it, soon and once
    /// for many. If readers are in the way each time it happens with the next erasure, or at the end.
    pub(super) fn cut_log_soon(&self) {
        if self.cutting.swap(true, Ordering::AcqRel) {
            return;
        }
        let (writer, cutting) = (self.writer.clone(), Arc::clone(&self.cutting));
        tokio::spawn(async move {
            for _ in 0..CUT_ATTEMPTS_MAX {
                tokio::time::sleep(CUT_AFTER).await;
                cutting.store(false, Ordering::Release);
                if cut_log(&writer).await {
                    return;
                }
            }
            tracing::warn!("the log still holds what was erased; it is cut at the next erasure");
        });
    }
}

/// Whether there is no need to try again: it was cut, or the store is being closed.
async fn cut_log(writer: &SqlitePool) -> bool {
    let busy: Result<i64, sqlx::Error> =
        sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(writer).await;
    match busy {
        Ok(busy) => busy == 0,
        Err(_) => writer.is_closed(),
    }
}
