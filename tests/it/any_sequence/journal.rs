//! The journal as it is on disk, read past the server.

use chat_secure::clock::Timestamp;
use chat_secure::ids::{MsgId, RoomId, Seq};
use chat_secure::room::ModeChange;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection as _, Row as _, SqliteConnection};

use crate::support::Server;

/// One entry.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its place among all entries of all rooms.
    pub(super) at: i64,
    pub(super) room: i64,
    pub(super) seq: i64,
    pub(super) msgid: String,
    /// The account, or a guest's user name, which no two of them share.
    pub(super) person: String,
    pub(super) is_account: bool,
    pub(super) nick: String,
    pub(super) target: String,
    pub(super) fact: Fact,
}

#[derive(Clone, Debug)]
pub(super) enum Fact {
    /// With its mark; to operators only or to all.
    Said {
        text: String,
        to_operators: bool,
    },
    Joined,
    Parted,
    Quit,
    Kicked(String),
    Invited,
    TopicSet,
    ModesChanged(Vec<ModeChange>),
    NickChanged(String),
}

/// The server's database, open for reading.
pub(super) struct Journal(SqliteConnection);

impl Journal {
    pub(super) async fn open(server: &Server) -> Self {
        let path = server.folder().join("data/chat-secure.db");
        Self(SqliteConnection::connect(&format!("sqlite://{}?mode=ro", path.display())).await.unwrap())
    }

    /// The place of the last entry.
    pub(super) async fn head(&mut self) -> i64 {
        let row = sqlx::query("SELECT coalesce(max(id), 0) FROM entries").fetch_one(&mut self.0).await;
        row.unwrap().get(0)
    }

    /// All entries after this place.
    pub(super) async fn after(&mut self, place: i64) -> Vec<Entry> {
        let all = "SELECT id, room, seq, at, kind, source, account, target, body, tags, detail \
                   FROM entries WHERE id > ? ORDER BY id";
        let rows = sqlx::query(all).bind(place).fetch_all(&mut self.0).await.unwrap();
        rows.iter().map(read).collect()
    }
}

fn read(row: &SqliteRow) -> Entry {
    let (room, seq, at): (i64, i64, i64) = (row.get("room"), row.get("seq"), row.get("at"));
    let id = MsgId {
        room: RoomId(room.try_into().unwrap()),
        seq: Seq(seq.try_into().unwrap()),
        at: Timestamp(at),
    };
    let source: String = row.get("source");
    let (nick, rest) = source.split_once('!').unwrap();
    let account: Option<String> = row.get("account");
    let body: String = row.get("body");
    let detail: Option<String> = row.get("detail");
    let detail = detail.unwrap_or_default();
    let fact = match row.get::<i64, _>("kind") {
        kind @ (1 | 2 | 10) => {
            let text = if kind == 10 { row.get("tags") } else { body };
            Fact::Said { text, to_operators: detail.contains("Operator") }
        }
        11 => Fact::Joined,
        12 => Fact::Parted,
        13 => Fact::Quit,
        14 => Fact::Kicked(nick_in(&detail)),
        15 => Fact::Invited,
        16 => Fact::TopicSet,
        17 => Fact::ModesChanged(serde_json::from_str(&detail).unwrap()),
        18 => Fact::NickChanged(body),
        other => panic!("an entry of kind {other}, which nobody here causes"),
    };
    Entry {
        at: row.get("id"),
        room,
        seq,
        msgid: id.to_string(),
        is_account: account.is_some(),
        person: account.unwrap_or_else(|| rest.split('@').next().unwrap().to_owned()),
        nick: nick.to_owned(),
        target: row.get("target"),
        fact,
    }
}

fn nick_in(detail: &str) -> String {
    let whom: serde_json::Value = serde_json::from_str(detail).unwrap();
    whom["nick"].as_str().unwrap().to_owned()
}
