//! Uploads in SQL, and their ties to the messages that carry them.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Row as _, SqlitePool};
use tokio::sync::Notify;

use crate::clock::Timestamp;
use crate::ids::{AccountId, RoomId, Seq};
use crate::limits;
use crate::names::AccountName;
use crate::room::Entry;
use crate::store::Error;
use crate::store::uploads::{ContentHash, Excess, Listed, Quota, Upload, UploadKey, Uploads, Usage, keys_in};

use super::{Sqlite, damaged, int, uint};

/// The columns of an upload, in the order in which [`read_listed`] wants them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT u.key, u.hash, u.account, u.name, u.kind, u.bytes, u.width, u.height, u.stored_at, a.name, ",
            "(SELECT COUNT(*) FROM upload_places p WHERE p.upload = u.id) ",
            "FROM uploads u LEFT JOIN accounts a ON a.id = u.account ",
            $rest
        )
    };
}

/// Who sent it may show it to others, and so may who can see it: an address that came to a stranger
/// otherwise opens nothing, wherever they post it.
const TIE: &str = "\
    INSERT OR IGNORE INTO upload_places (upload, room, seq) \
    SELECT u.id, ?2, ?3 FROM uploads u, accounts a WHERE u.key = ?1 AND a.folded = ?4 AND (\
    u.account = a.id OR EXISTS (SELECT 1 FROM upload_places p \
    LEFT JOIN members m ON m.room = p.room AND m.account = a.id \
    LEFT JOIN rooms r ON r.id = p.room AND 'a' || a.id IN (r.one, r.other) \
    WHERE p.upload = u.id AND (m.account IS NOT NULL OR r.id IS NOT NULL)))";

/// The uploads that a message or its edits carry.
const CARRIED: &str = "\
    SELECT DISTINCT upload FROM upload_places WHERE room = ?1 AND (seq = ?2 OR seq IN \
    (SELECT seq FROM entries WHERE room = ?1 AND json_extract(detail, '$.original.seq') = ?2 AND kind = 8))";
const UNTIE: &str = "\
    DELETE FROM upload_places WHERE room = ?1 AND (seq = ?2 OR seq IN \
    (SELECT seq FROM entries WHERE room = ?1 AND json_extract(detail, '$.original.seq') = ?2 AND kind = 8))";
const CARRIED_UP_TO: &str = "SELECT DISTINCT upload FROM upload_places WHERE room = ?1 AND seq <= ?2";
const UNTIE_UP_TO: &str = "DELETE FROM upload_places WHERE room = ?1 AND seq <= ?2";
const FORGET_UNCARRIED: &str = "DELETE FROM uploads WHERE id = ?1 \
    AND NOT EXISTS (SELECT 1 FROM upload_places WHERE upload = ?1) RETURNING hash";
const FORGET_UNCARRIED_OF: &str = "DELETE FROM uploads WHERE account = ?1 \
    AND NOT EXISTS (SELECT 1 FROM upload_places p WHERE p.upload = uploads.id) RETURNING hash";

/// All that are on the path of messages, so that a test can see how each is executed.
#[cfg(test)]
pub(super) const STATEMENTS: [&str; 6] = [TIE, CARRIED, UNTIE, CARRIED_UP_TO, UNTIE_UP_TO, FORGET_UNCARRIED];

/// Contents of uploads that were removed, until somebody asks. What is lost with the process is found
/// at the next start.
#[derive(Debug, Default)]
pub(super) struct LetGo {
    told: Notify,
    hashes: Mutex<Vec<ContentHash>>,
}

impl LetGo {
    pub(super) fn push(&self, hashes: impl IntoIterator<Item = String>) {
        let hashes: Vec<_> = hashes.into_iter().filter_map(|hash| ContentHash::parse(&hash)).collect();
        if hashes.is_empty() {
            return;
        }
        let mut waiting = self.hashes.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(hashes);
        waiting.truncate(limits::UPLOADS_LET_GO_MAX);
        self.told.notify_one();
    }

    async fn take(&self) -> Vec<ContentHash> {
        loop {
            let hashes = std::mem::take(&mut *self.hashes.lock().unwrap_or_else(PoisonError::into_inner));
            if !hashes.is_empty() {
                return hashes;
            }
            self.told.notified().await;
        }
    }
}

/// Whether the entry may carry an upload. Asked of every message.
pub(super) fn may_carry(entry: &Entry) -> bool {
    entry.event.text().is_some_and(|text| keys_in(text).next().is_some())
}

/// Ties the uploads that an entry names to it. A few count.
pub(super) async fn tie(connection: &mut SqliteConnection, entry: &Entry) -> Result<(), sqlx::Error> {
    let (Some(text), Some(account)) = (entry.event.text(), &entry.author.account) else { return Ok(()) };
    for key in keys_in(text).take(limits::UPLOADS_PER_MESSAGE_MAX) {
        sqlx::query(TIE)
            .bind(key.as_str())
            .bind(int(entry.room.0))
            .bind(int(entry.seq.0))
            .bind(account.folded())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Removes the uploads that only this message and its edits carried; their contents. Before the
/// message is erased: then nobody knows its edits any more.
pub(super) async fn untie(
    connection: &mut SqliteConnection,
    room: RoomId,
    message: Seq,
) -> Result<Vec<String>, sqlx::Error> {
    let (room, message) = (int(room.0), int(message.0));
    let carried: Vec<i64> =
        sqlx::query_scalar(CARRIED).bind(room).bind(message).fetch_all(&mut *connection).await?;
    if carried.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query(UNTIE).bind(room).bind(message).execute(&mut *connection).await?;
    forget_uncarried(connection, carried).await
}

/// The same of all entries up to this place, which are deleted themselves.
pub(super) async fn untie_up_to(
    connection: &mut SqliteConnection,
    room: i64,
    seq: i64,
) -> Result<Vec<String>, sqlx::Error> {
    let query = sqlx::query_scalar(CARRIED_UP_TO).bind(room).bind(seq);
    let carried: Vec<i64> = query.fetch_all(&mut *connection).await?;
    if carried.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query(UNTIE_UP_TO).bind(room).bind(seq).execute(&mut *connection).await?;
    forget_uncarried(connection, carried).await
}

async fn forget_uncarried(
    connection: &mut SqliteConnection,
    uploads: Vec<i64>,
) -> Result<Vec<String>, sqlx::Error> {
    let mut hashes = Vec::new();
    for upload in uploads {
        let query = sqlx::query_scalar(FORGET_UNCARRIED).bind(upload);
        hashes.extend(query.fetch_optional(&mut *connection).await?);
    }
    Ok(hashes)
}

/// Removes what an account sent and no message carries; the contents. What it said stays, and with
/// that the files.
pub(super) async fn forget_uncarried_of(
    connection: &mut SqliteConnection,
    account: AccountId,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(FORGET_UNCARRIED_OF).bind(int(account.0)).fetch_all(connection).await
}

#[async_trait]
impl Uploads for Sqlite {
    async fn upload_usage(&self, account: AccountId) -> Result<Usage, Error> {
        let mut connection = self.readers.acquire().await.map_err(Error::from)?;
        Ok(usage(&mut connection, account).await?)
    }

    async fn add_upload(&self, upload: Upload, quota: Quota) -> Result<Option<Excess>, Error> {
        self.write(move |connection| Box::pin(async move { add(connection, upload, quota).await })).await
    }

    async fn upload(&self, key: &UploadKey) -> Result<Upload, Error> {
        Ok(self.listed_upload(key).await?.upload)
    }

    async fn listed_upload(&self, key: &UploadKey) -> Result<Listed, Error> {
        let query = sqlx::query(select!("WHERE u.key = ?")).bind(key.as_str());
        Ok(read_listed(&query.fetch_one(&self.readers).await?)?)
    }

    async fn upload_places(&self, key: &UploadKey, len_max: usize) -> Result<Vec<(RoomId, Seq)>, Error> {
        Ok(places(&self.readers, key, len_max).await?)
    }

    async fn uploads(&self, account: Option<AccountId>, len_max: usize) -> Result<Vec<Listed>, Error> {
        let sql = select!("WHERE ?1 IS NULL OR u.account = ?1 ORDER BY u.id DESC LIMIT ?2");
        let query = sqlx::query(sql).bind(account.map(|account| int(account.0)));
        let rows = query.bind(i64::try_from(len_max).unwrap_or(i64::MAX)).fetch_all(&self.readers).await?;
        Ok(rows.iter().map(read_listed).collect::<Result<_, _>>()?)
    }

    async fn remove_upload(&self, key: &UploadKey) -> Result<(), Error> {
        let key = key.as_str().to_owned();
        let hash: String = self
            .write(move |connection| {
                Box::pin(async move {
                    let query = sqlx::query_scalar("DELETE FROM uploads WHERE key = ? RETURNING hash");
                    query.bind(key).fetch_one(connection).await
                })
            })
            .await?;
        self.let_go.push([hash]);
        Ok(())
    }

    async fn is_content_kept(&self, hash: &ContentHash) -> Result<bool, Error> {
        let query = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM uploads WHERE hash = ?)");
        Ok(query.bind(hash.as_str()).fetch_one(&self.readers).await?)
    }

    async fn contents_let_go(&self) -> Vec<ContentHash> {
        self.let_go.take().await
    }
}

async fn usage(connection: &mut SqliteConnection, account: AccountId) -> Result<Usage, sqlx::Error> {
    let (own, all): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT COALESCE(SUM(bytes), 0) FROM uploads WHERE account = ?), \
         (SELECT COALESCE(SUM(bytes), 0) FROM uploads)",
    )
    .bind(int(account.0))
    .fetch_one(connection)
    .await?;
    Ok(Usage { account_bytes: uint(own), bytes: uint(all) })
}

async fn add(
    connection: &mut SqliteConnection,
    upload: Upload,
    quota: Quota,
) -> Result<Option<Excess>, sqlx::Error> {
    let account = upload.account.ok_or(sqlx::Error::RowNotFound)?;
    let excess = usage(connection, account).await?.exceeds(&quota, upload.bytes);
    if excess.is_some() {
        return Ok(excess);
    }
    sqlx::query(
        "INSERT INTO uploads (key, hash, account, name, kind, bytes, width, height, stored_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(upload.key.as_str())
    .bind(upload.hash.as_str())
    .bind(int(account.0))
    .bind(upload.name)
    .bind(upload.kind)
    .bind(int(upload.bytes))
    .bind(upload.dimensions.map(|(width, _)| width))
    .bind(upload.dimensions.map(|(_, height)| height))
    .bind(upload.stored_at.0)
    .execute(connection)
    .await?;
    Ok(None)
}

async fn places(
    readers: &SqlitePool,
    key: &UploadKey,
    len_max: usize,
) -> Result<Vec<(RoomId, Seq)>, sqlx::Error> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT p.room, p.seq FROM upload_places p JOIN uploads u ON u.id = p.upload \
         WHERE u.key = ? ORDER BY p.room, p.seq DESC LIMIT ?",
    )
    .bind(key.as_str())
    .bind(i64::try_from(len_max).unwrap_or(i64::MAX))
    .fetch_all(readers)
    .await?;
    Ok(rows.into_iter().map(|(room, seq)| (RoomId(uint(room)), Seq(uint(seq)))).collect())
}

fn read(row: &SqliteRow) -> Result<Upload, sqlx::Error> {
    let key: &str = row.get(0);
    let bad = |what: &str| damaged(format!("upload {key} has a damaged {what}"));
    let dimensions = row.get::<Option<u32>, _>(6).zip(row.get::<Option<u32>, _>(7));
    Ok(Upload {
        key: UploadKey::parse(key).ok_or_else(|| bad("key"))?,
        hash: ContentHash::parse(row.get(1)).ok_or_else(|| bad("hash"))?,
        account: row.get::<Option<i64>, _>(2).map(|account| AccountId(uint(account))),
        name: row.get(3),
        kind: row.get(4),
        bytes: uint(row.get(5)),
        dimensions,
        stored_at: Timestamp(row.get(8)),
    })
}

fn read_listed(row: &SqliteRow) -> Result<Listed, sqlx::Error> {
    let account: Option<&str> = row.get(9);
    Ok(Listed {
        upload: read(row)?,
        account: account.and_then(|name| AccountName::parse(name).ok()),
        places: uint(row.get(10)),
    })
}
