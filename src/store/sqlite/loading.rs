//! Reading back the state that batches have led to.

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::clock::Timestamp;
use crate::ids::{AccountId, IdMap, RoomId, Seq, UserId};
use crate::names::RoomName;
use crate::room::{Kind, Member, Room};
use crate::store::{Head, Loaded};

use super::journal::read_party;
use super::{damaged, metadata, uint};

/// Heads come from the ends of two indexes, that of the last message from three runs of the second
/// (sights 3 to 5): the time this takes grows with the rooms, not with what was said in them.
pub(super) const LOAD_ROOMS: &str = "\
    SELECT r.id, r.name, r.one, r.other, r.created_at, r.settings, \
    COALESCE(e.seq, f.seq), COALESCE(e.at, f.at), \
    (SELECT MAX(m.at) FROM (SELECT 3 AS sight UNION ALL SELECT 4 UNION ALL SELECT 5) s \
    JOIN entries m ON m.room = r.id AND m.seq = \
    (SELECT MAX(seq) FROM entries INDEXED BY entries_sight WHERE room = r.id AND sight = s.sight)) \
    FROM rooms r LEFT JOIN forgotten f ON f.room = r.id LEFT JOIN entries e \
    ON e.room = r.id AND e.seq = (SELECT MAX(seq) FROM entries WHERE room = r.id) \
    WHERE r.dissolved = 0 ORDER BY r.id";

/// All rooms with their members, and what else is as the batches have left it.
///
/// # Errors
/// What the database says; a row that can't be read.
pub(super) async fn load(connection: &mut SqliteConnection) -> Result<Loaded, sqlx::Error> {
    let mut members = load_members(connection).await?;
    let rows = sqlx::query(LOAD_ROOMS).fetch_all(&mut *connection).await?;
    let mut loaded = Loaded::default();
    for row in rows {
        let (mut room, head) = read_room(&row)?;
        room.members = members.remove(&room.id).unwrap_or_default();
        room.show_founder();
        loaded.last_at = loaded.last_at.max(head.at);
        loaded.rooms.push((room, head));
    }
    loaded.metadata = metadata::load(&mut *connection).await?;
    let last: (i64, i64) = sqlx::query_as(
        "SELECT MAX(COALESCE((SELECT MAX(id) FROM rooms), 0), COALESCE((SELECT MAX(room) FROM entries), 0)), \
         COALESCE((SELECT at FROM entries ORDER BY id DESC LIMIT 1), 0)",
    )
    .fetch_one(&mut *connection)
    .await?;
    loaded.last_room = RoomId(uint(last.0));
    loaded.last_at = loaded.last_at.max(Timestamp(last.1));
    let modes: Vec<(i64, String)> = sqlx::query_as("SELECT account, modes FROM user_modes ORDER BY account")
        .fetch_all(connection)
        .await?;
    loaded.modes = modes.into_iter().map(|(account, modes)| (AccountId(uint(account)), modes)).collect();
    Ok(loaded)
}

type Members = IdMap<UserId, Member>;

async fn load_members(connection: &mut SqliteConnection) -> Result<IdMap<RoomId, Members>, sqlx::Error> {
    let rows: Vec<(i64, i64, bool, bool)> =
        sqlx::query_as("SELECT room, account, operator, voice FROM members").fetch_all(connection).await?;
    let mut members: IdMap<RoomId, Members> = IdMap::default();
    for (room, account, operator, voice) in rows {
        let user = UserId::Account(AccountId(uint(account)));
        members
            .entry(RoomId(uint(room)))
            .or_default()
            .insert(user, Member { founder: false, operator, voice });
    }
    Ok(members)
}

fn read_room(row: &SqliteRow) -> Result<(Room, Head), sqlx::Error> {
    let id: i64 = row.try_get(0)?;
    let bad = |what: &str| damaged(format!("room {id} has a damaged {what}"));
    let (name, one, other): (Option<&str>, Option<&str>, Option<&str>) =
        (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    let kind = match (name, one, other) {
        (Some(name), None, None) => Kind::Named(RoomName::parse(name).map_err(|_| bad("name"))?),
        (None, Some(one), Some(other)) => {
            let parties = (read_party(one), read_party(other));
            let (Some(one), Some(other)) = parties else { return Err(bad("party")) };
            Kind::Direct([one, other])
        }
        _ => return Err(bad("kind")),
    };
    let mut room = Room::new(RoomId(uint(id)), kind, Timestamp(row.try_get(4)?));
    room.settings = serde_json::from_str(row.try_get(5)?).map_err(|_| bad("settings"))?;
    let head = Head {
        seq: Seq(row.try_get::<Option<i64>, _>(6)?.map(uint).unwrap_or_default()),
        at: Timestamp(row.try_get::<Option<i64>, _>(7)?.unwrap_or_default()),
        message_at: row.try_get::<Option<i64>, _>(8)?.map(Timestamp),
    };
    Ok((room, head))
}
