//! Writing batches.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteConnection;

use crate::clock::Timestamp;
use crate::ids::{AccountId, RoomId, Seq};
use crate::names::{AccountName, RoomName};
use crate::range::Range;
use crate::room::{Earlier, Entry, Event, Kind, Member, Party, Room};
use crate::store::{Batch, Error, Journal, Loaded, Reader, Renaming};

use super::chain::{Heads, Run};
use super::open::APPLICATION_ID;
use super::{Sqlite, erasure, int, loading, metadata, record, to_its_end, uploads};

/// Rows of one INSERT. Beyond 50 longer statements gain nothing by themselves (within 5 % of 500),
/// but a batch that is one statement needs no other, and who sends all the time has some 64 under way.
const ROWS_MAX: usize = 64;

/// The INSERT of 1, 2 … [`ROWS_MAX`] rows; each stays prepared on the connection.
static INSERTS: LazyLock<Vec<Arc<str>>> = LazyLock::new(|| (1..=ROWS_MAX).map(insert_sql).collect());

#[async_trait]
impl Journal for Sqlite {
    async fn load(&self) -> Result<Loaded, Error> {
        let mut connection = self.readers.acquire().await.map_err(Error::from)?;
        Ok(loading::load(&mut connection).await?)
    }

    async fn append(&self, batch: Batch) -> Result<(), Error> {
        let erases = batch.entries.iter().any(|entry| matches!(entry.event, Event::Redacted(_)));
        let is_plain = !erases && !batch.entries.iter().any(|entry| uploads::may_carry(entry));
        let is_one = is_plain && batch.is_entries_only() && (1..=ROWS_MAX).contains(&batch.entries.len());
        let store = self.clone();
        to_its_end(async move {
            let entries = batch.entries.clone();
            let heads = Arc::clone(&store.heads);
            let appended = if is_one {
                store
                    .transact_one(move |connection| {
                        Box::pin(async move { append_one(connection, &heads, &batch.entries).await })
                    })
                    .await?
            } else {
                store
                    .transact(move |connection| {
                        Box::pin(async move { append(connection, &heads, &batch).await })
                    })
                    .await?
            };
            store.heads.put(appended.run);
            store.let_go.push(appended.let_go);
            store.appended.push(appended.last, entries);
            Ok(())
        })
        .await?;
        if erases {
            self.cut_log_soon();
        }
        Ok(())
    }

    async fn read(
        &self,
        room: RoomId,
        reader: &Reader,
        range: Range,
        len_max: usize,
    ) -> Result<Vec<Entry>, Error> {
        Ok(super::range::read(&self.readers, room, reader, range, len_max).await?)
    }

    async fn said_by(
        &self,
        account: &AccountName,
        since: Timestamp,
        after: u64,
    ) -> Result<(Vec<Entry>, Option<u64>), Error> {
        Ok(super::said::read(&self.readers, account, since, after).await?)
    }

    async fn probe(&self) -> Result<(), Error> {
        self.write(|connection| {
            Box::pin(async move {
                // The value that it has: the page is written all the same, so a full disk is seen.
                let sql = format!("PRAGMA application_id = {APPLICATION_ID}");
                sqlx::query(AssertSqlSafe(sql)).execute(connection).await.map(|_| ())
            })
        })
        .await
    }

    async fn edits(&self, room: RoomId, message: Seq, len_max: usize) -> Result<Vec<Earlier>, Error> {
        Ok(erasure::edits(&self.readers, room, message, len_max).await?)
    }
}

/// What came of a batch.
struct Appended {
    /// The id of the last entry.
    last: i64,
    /// Where the chains of the rooms end now.
    run: Run,
    /// The contents of uploads that went with what was redacted.
    let_go: Vec<String>,
}

/// Entries and nothing else, few enough for one statement.
async fn append_one(
    connection: &mut SqliteConnection,
    heads: &Heads,
    entries: &[Arc<Entry>],
) -> Result<Appended, sqlx::Error> {
    let mut run = Run::begin(connection, heads, entries).await?;
    let last = insert(connection, entries, &mut run).await?;
    Ok(Appended { last, run, let_go: Vec::new() })
}

async fn append(
    connection: &mut SqliteConnection,
    heads: &Heads,
    batch: &Batch,
) -> Result<Appended, sqlx::Error> {
    // First, for a name that becomes free may be taken in the same batch.
    for room in &batch.dissolved {
        dissolve(connection, *room).await?;
    }
    for renaming in &batch.renamed {
        free_name(connection, renaming.room).await?;
    }
    for room in &batch.rooms {
        let dissolved = batch.dissolved.contains(&room.id);
        put_room(connection, room, dissolved).await?;
    }
    let mut run = Run::begin(connection, heads, &batch.entries).await?;
    let mut last = 0;
    for rows in batch.entries.chunks(ROWS_MAX) {
        last = insert(connection, rows, &mut run).await?;
    }
    for entry in batch.entries.iter().filter(|entry| uploads::may_carry(entry)) {
        uploads::tie(connection, entry).await?;
    }
    let let_go = erase(connection, &batch.entries).await?;
    for (room, account, member) in &batch.members {
        put_member(connection, *room, *account, *member).await?;
    }
    for renaming in &batch.renamed {
        move_markers(connection, renaming).await?;
    }
    for (account, nick) in &batch.nicks {
        sqlx::query("UPDATE accounts SET nick = ? WHERE id = ?")
            .bind(nick.as_str())
            .bind(int(account.0))
            .execute(&mut *connection)
            .await?;
    }
    for (subject, change) in &batch.metadata {
        metadata::put(connection, *subject, change).await?;
    }
    for (account, always_on) in &batch.always_on {
        sqlx::query("UPDATE accounts SET always_on = ? WHERE id = ?")
            .bind(*always_on)
            .bind(int(account.0))
            .execute(&mut *connection)
            .await?;
    }
    for (account, modes) in &batch.modes {
        put_modes(connection, *account, modes).await?;
    }
    Ok(Appended { last, run, let_go })
}

/// Erases what is redacted here; after all entries are written, for it may stand in the same batch.
async fn erase(
    connection: &mut SqliteConnection,
    entries: &[Arc<Entry>],
) -> Result<Vec<String>, sqlx::Error> {
    let mut let_go = Vec::new();
    for entry in entries {
        if let Event::Redacted(redacted) = &entry.event {
            let_go.extend(uploads::untie(connection, entry.room, redacted.message.seq).await?);
            erasure::erase(connection, entry.room, redacted.message.seq, entry.seq).await?;
        }
    }
    Ok(let_go)
}

/// An account that was removed meanwhile has none.
async fn put_modes(
    connection: &mut SqliteConnection,
    account: AccountId,
    modes: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO user_modes (account, modes) SELECT ?1, ?2 \
         WHERE EXISTS (SELECT 1 FROM accounts WHERE id = ?1) \
         ON CONFLICT (account) DO UPDATE SET modes = excluded.modes",
    )
    .bind(int(account.0))
    .bind(modes)
    .execute(connection)
    .await?;
    Ok(())
}

/// The id of the last one; each gets the number behind the one before it.
async fn insert(
    connection: &mut SqliteConnection,
    rows: &[Arc<Entry>],
    run: &mut Run,
) -> Result<i64, sqlx::Error> {
    let mut query = sqlx::query(AssertSqlSafe(Arc::clone(&INSERTS[rows.len() - 1])));
    for entry in rows {
        let record = record::encode(&entry.event).map_err(unwritable)?;
        let source = entry.author.to_string();
        let (salt, link) = run.next(entry, &source, &record);
        query = query
            .bind(int(entry.room.0))
            .bind(int(entry.seq.0))
            .bind(entry.at.0)
            .bind(record.kind)
            .bind(record.version)
            .bind(source)
            .bind(entry.author.account.as_ref().map(AccountName::as_str))
            .bind(entry.author.bot)
            .bind(entry.target.as_ref())
            .bind(record.body.into_owned())
            .bind(record.tags.map(Cow::into_owned))
            .bind(record.detail.map(Cow::into_owned))
            .bind(salt)
            .bind(link);
    }
    Ok(query.execute(connection).await?.last_insert_rowid())
}

fn unwritable(error: serde_json::Error) -> sqlx::Error {
    sqlx::Error::Encode(Box::new(error))
}

fn insert_sql(rows: usize) -> Arc<str> {
    let mut sql = String::from(
        "INSERT INTO entries \
         (room, seq, at, kind, version, source, account, bot, target, body, tags, detail, salt, link) VALUES ",
    );
    for row in 0..rows {
        let comma = if row == 0 { "" } else { "," };
        // Writing to a String can't fail.
        write!(sql, "{comma}(?,?,?,?,?,?,?,?,?,?,?,?,?,?)").unwrap_or_default();
    }
    sql.into()
}

async fn dissolve(connection: &mut SqliteConnection, room: RoomId) -> Result<(), sqlx::Error> {
    for sql in [
        "UPDATE rooms SET dissolved = 1 WHERE id = ?",
        "DELETE FROM members WHERE room = ?",
        "DELETE FROM room_metadata WHERE room = ?",
    ] {
        sqlx::query(sql).bind(int(room.0)).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The name is taken anew, or another one, when the room is written.
async fn free_name(connection: &mut SqliteConnection, room: RoomId) -> Result<(), sqlx::Error> {
    let query = sqlx::query("UPDATE rooms SET folded = NULL WHERE id = ?");
    query.bind(int(room.0)).execute(connection).await?;
    Ok(())
}

/// What the members have read of the room stands under its name.
async fn move_markers(connection: &mut SqliteConnection, renaming: &Renaming) -> Result<(), sqlx::Error> {
    let Renaming { room, from, to } = renaming;
    sqlx::query(
        "UPDATE OR REPLACE read_markers SET target = ?1 \
         WHERE target = ?2 AND account IN (SELECT account FROM members WHERE room = ?3)",
    )
    .bind(to.folded())
    .bind(from.folded())
    .bind(int(room.0))
    .execute(connection)
    .await?;
    Ok(())
}

async fn put_room(
    connection: &mut SqliteConnection,
    room: &Room,
    dissolved: bool,
) -> Result<(), sqlx::Error> {
    let settings = serde_json::to_string(&room.settings).map_err(unwritable)?;
    let name = room.name();
    let parties = match &room.kind {
        Kind::Named(_) => None,
        Kind::Direct(parties) => Some(parties),
    };
    // Not OR REPLACE: that would delete another room of the same name instead of refusing.
    sqlx::query(
        "INSERT INTO rooms (id, name, folded, one, other, created_at, settings, dissolved) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, folded = excluded.folded, \
         one = excluded.one, other = excluded.other, settings = excluded.settings, \
         dissolved = excluded.dissolved",
    )
    .bind(int(room.id.0))
    .bind(name.map(|name| name.as_str().to_owned()))
    .bind(name.map(RoomName::folded))
    .bind(parties.map(|parties| party_text(&parties[0])))
    .bind(parties.map(|parties| party_text(&parties[1])))
    .bind(room.created_at.0)
    .bind(settings)
    .bind(dissolved)
    .execute(connection)
    .await?;
    Ok(())
}

async fn put_member(
    connection: &mut SqliteConnection,
    room: RoomId,
    account: AccountId,
    member: Option<Member>,
) -> Result<(), sqlx::Error> {
    let query = match member {
        // An account or a room that went away meanwhile must not fail everybody's batch.
        Some(member) => sqlx::query(
            "INSERT INTO members (room, account, operator, voice) SELECT ?1, ?2, ?3, ?4 \
             WHERE EXISTS (SELECT 1 FROM accounts WHERE id = ?2) \
             AND EXISTS (SELECT 1 FROM rooms WHERE id = ?1 AND dissolved = 0) \
             ON CONFLICT (room, account) DO UPDATE \
             SET operator = excluded.operator, voice = excluded.voice",
        )
        .bind(int(room.0))
        .bind(int(account.0))
        .bind(member.operator)
        .bind(member.voice),
        None => sqlx::query("DELETE FROM members WHERE room = ? AND account = ?")
            .bind(int(room.0))
            .bind(int(account.0)),
    };
    query.execute(connection).await?;
    Ok(())
}

/// `a7` is account 7, `gbob` the guest `bob`.
fn party_text(party: &Party) -> String {
    match party {
        Party::Account(id) => format!("a{id}"),
        Party::Guest(nick) => format!("g{nick}"),
    }
}

/// What [`party_text`] made; `None` if that is damaged.
pub(super) fn read_party(text: &str) -> Option<Party> {
    match text.split_at_checked(1)? {
        ("a", id) => id.parse().ok().map(|id| Party::Account(AccountId(id))),
        ("g", nick) => Some(Party::Guest(nick.to_owned())),
        _ => None,
    }
}
