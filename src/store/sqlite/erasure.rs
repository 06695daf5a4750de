//! Erasing what was redacted: the row keeps its place and who spoke when, and nothing of what was
//! said; its bytes leave the files.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnection, SqlitePool};

use crate::clock::Timestamp;
use crate::ids::{RoomId, Seq};
use crate::room::Earlier;

use super::record::{KIND_EDITED, KIND_ERASED, KIND_REDACTED};
use super::{Sqlite, int, uint};

/// How long after an erasure the log is cut: many at once need it once.
const CUT_AFTER: Duration = Duration::from_millis(500);
const CUT_ATTEMPTS_MAX: u32 = 10;

/// What people sent can be erased: messages (below 10) and tags (10), nothing that the room's
/// state follows from.
const ERASE: &str = "UPDATE entries SET kind = 21, body = '', tags = NULL, detail = NULL \
    WHERE room = ?1 AND seq = ?2 AND kind <= 10";
const ERASE_EDITS: &str = "UPDATE entries SET kind = 21, body = '', tags = NULL, detail = NULL \
    WHERE room = ?1 AND json_extract(detail, '$.original.seq') = ?2 AND kind = 8";
const EDITS: &str = "SELECT seq, at FROM entries \
    WHERE room = ?1 AND json_extract(detail, '$.original.seq') = ?2 AND kind = 8 ORDER BY id LIMIT ?3";

/// All of them, so that a test can see how each is executed.
#[cfg(test)]
pub(super) const STATEMENTS: [&str; 3] = [ERASE, ERASE_EDITS, EDITS];

// The statements say the numbers in words that an index knows.
const _: () = assert!(KIND_EDITED == 8 && KIND_REDACTED == 20 && KIND_ERASED == 21);

pub(super) async fn erase(
    connection: &mut SqliteConnection,
    room: RoomId,
    message: Seq,
) -> Result<(), sqlx::Error> {
    for sql in [ERASE, ERASE_EDITS] {
        sqlx::query(sql).bind(int(room.0)).bind(int(message.0)).execute(&mut *connection).await?;
    }
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
