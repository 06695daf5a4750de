//! Metadata of accounts and rooms in SQL.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteConnection;

use crate::ids::{AccountId, RoomId, UserId};
use crate::store::metadata::{Change, Key, Metadata, Subject};

use super::{damaged, int, uint};

/// Notes what an account or a room bears; a guest's metadata is not for the store. Whoever went
/// away meanwhile must not fail everybody's batch.
pub(super) async fn put(
    connection: &mut SqliteConnection,
    subject: Subject,
    (key, value): &Change,
) -> Result<(), sqlx::Error> {
    let (id, put, remove) = match subject {
        Subject::User(UserId::Guest(_)) => return Ok(()),
        Subject::User(UserId::Account(id)) => (id.0, PUT_ACCOUNT, REMOVE_ACCOUNT),
        Subject::Room(id) => (id.0, PUT_ROOM, REMOVE_ROOM),
    };
    let query = match value {
        Some(value) => sqlx::query(put).bind(int(id)).bind(key.as_str()).bind(value.as_ref()),
        None => sqlx::query(remove).bind(int(id)).bind(key.as_str()),
    };
    query.execute(connection).await?;
    Ok(())
}

const PUT_ACCOUNT: &str = "\
    INSERT INTO account_metadata (account, key, value) SELECT ?1, ?2, ?3 \
    WHERE EXISTS (SELECT 1 FROM accounts WHERE id = ?1) \
    ON CONFLICT (account, key) DO UPDATE SET value = excluded.value";
const REMOVE_ACCOUNT: &str = "DELETE FROM account_metadata WHERE account = ? AND key = ?";
const PUT_ROOM: &str = "\
    INSERT INTO room_metadata (room, key, value) SELECT ?1, ?2, ?3 \
    WHERE EXISTS (SELECT 1 FROM rooms WHERE id = ?1 AND dissolved = 0) \
    ON CONFLICT (room, key) DO UPDATE SET value = excluded.value";
const REMOVE_ROOM: &str = "DELETE FROM room_metadata WHERE room = ? AND key = ?";

/// All that is stored.
pub(super) async fn load(connection: &mut SqliteConnection) -> Result<Vec<(Subject, Metadata)>, sqlx::Error> {
    let account = |id| Subject::User(UserId::Account(AccountId(uint(id))));
    let of_accounts = "SELECT account, key, value FROM account_metadata ORDER BY account";
    let mut all = load_from(connection, of_accounts, account).await?;
    let of_rooms = "SELECT room, key, value FROM room_metadata ORDER BY room";
    all.extend(load_from(connection, of_rooms, |id| Subject::Room(RoomId(uint(id)))).await?);
    Ok(all)
}

async fn load_from(
    connection: &mut SqliteConnection,
    sql: &'static str,
    subject: impl Fn(i64) -> Subject,
) -> Result<Vec<(Subject, Metadata)>, sqlx::Error> {
    let rows: Vec<(i64, String, String)> = sqlx::query_as(sql).fetch_all(connection).await?;
    let mut all: BTreeMap<i64, Metadata> = BTreeMap::new();
    for (id, key, value) in rows {
        let key = Key::parse(&key).ok_or_else(|| damaged(format!("{key:?} is no key of metadata")))?;
        all.entry(id).or_default().insert(key, value.into());
    }
    Ok(all.into_iter().map(|(id, metadata)| (subject(id), metadata)).collect())
}
