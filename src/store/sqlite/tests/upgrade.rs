//! A database as the first schema left it, opened by this program.

use std::borrow::Cow;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use super::{Sqlite, place, run};
use crate::clock::Timestamp;
use crate::ids::{AccountId, RoomId, Seq, UserId};
use crate::names::AccountName;
use crate::range::{Content, Range};
use crate::room::{Event, Flag, Kind, List, Member, ModeChange, Role};
use crate::store::accounts::Accounts as _;
use crate::store::search::{Query, Scope, Search as _, Words};
use crate::store::sqlite::search::SearchIndex;
use crate::store::{Journal as _, Reader};

/// What a server of that schema wrote: two accounts in a room, what they said there, to each other,
/// and what was meant for operators.
const CONTENT: &str = r#"
    INSERT INTO accounts (name, folded, skeleton, nick, role, created_at, seen_at) VALUES
        ('Alice', 'alice', 'alice', 'Alice', 'admin', 1000, 5000),
        ('bob', 'bob', 'bob', 'bobby', 'member', 1001, NULL);
    INSERT INTO read_markers VALUES (1, '#room', 1500);
    INSERT INTO rooms (id, name, folded, created_at, settings) VALUES (1, '#Room', '#room', 1100,
        '{"founder":1,"topic":{"text":"old times","setter":"Alice!a@alice.users","at":1200},
          "flags":["NoExternal","TopicLocked","Secret"],"key":"word","limit":9,
          "lists":{"Ban":[{"mask":"eve!*@*","setter":"Alice!a@alice.users","at":1300}]},
          "invited":[{"Account":2}]}');
    INSERT INTO rooms (id, one, other, created_at, settings) VALUES (2, 'a1', 'a2', 1400,
        '{"founder":null,"topic":null,"flags":[],"key":null,"limit":null,"lists":{},"invited":[]}');
    INSERT INTO rooms (id, name, folded, created_at, settings, dissolved)
        VALUES (3, '#gone', '#gone', 1100, '{}', 1);
    INSERT INTO members VALUES (1, 1, 1, 0), (1, 2, 0, 1);
    INSERT INTO entries (room, seq, at, kind, version, source, account, bot, target, body, tags, detail) VALUES
        (1, 1, 1100, 11, 1, 'Alice!a@alice.users', 'Alice', 0, '#Room', 'Alice L.', NULL, NULL),
        (1, 2, 1200, 16, 1, 'Alice!a@alice.users', 'Alice', 0, '#Room', 'old times', NULL, NULL),
        (1, 3, 1300, 17, 1, 'Alice!a@alice.users', 'Alice', 0, '#Room', '', NULL,
         '[{"Flag":{"flag":"Secret","on":true}},{"Role":{"role":"Voice","on":true,"user":{"Account":2},"nick":"bobby"}}]'),
        (1, 4, 1400, 1, 1, 'bobby!b@bob.users', 'bob', 0, '#Room', 'hello world', '+x=1', NULL),
        (1, 5, 1500, 2, 1, 'Alice!a@alice.users', 'Alice', 0, '#Room', 'world for few', NULL, '{"audience":"Operator"}'),
        (1, 6, 1600, 10, 1, 'bobby!b@bob.users', 'bob', 0, '#Room', '', '+draft/react=x', NULL),
        (2, 1, 1700, 1, 1, 'bobby!b@bob.users', 'bob', 0, 'Alice', 'a world apart', NULL, NULL),
        (1, 7, 1800, 14, 1, 'Alice!a@alice.users', 'Alice', 0, '#Room', 'out', NULL, '{"user":{"Guest":7},"nick":"eve"}');
"#;

#[tokio::test]
async fn a_database_of_the_first_schema_opens_with_all_that_is_in_it() {
    let (path, dir) = place();
    let mut first = sqlx::migrate!("migrations/sqlite");
    first.migrations = Cow::Owned(first.migrations.iter().take(1).cloned().collect());
    let mut old =
        SqliteConnectOptions::new().filename(&path).create_if_missing(true).connect().await.unwrap();
    first.run(&mut old).await.unwrap();
    run(&mut old, CONTENT).await;
    old.close().await.unwrap();

    let store = Sqlite::open(&path).await.unwrap();
    let loaded = store.load().await.unwrap();
    let [(room, head), (direct, direct_head)] = loaded.rooms.as_slice() else { panic!("{loaded:?}") };
    let members = [
        (1, Member { operator: true, ..Member::default() }),
        (2, Member { voice: true, ..Member::default() }),
    ];
    let members = members.map(|(id, member)| (UserId::Account(AccountId(id)), member));
    assert_eq!(room.members, members.into_iter().collect());
    let settings = &room.settings;
    assert_eq!(
        (settings.founder, settings.limit, settings.key.as_deref()),
        (Some(AccountId(1)), Some(9), Some("word"))
    );
    assert_eq!(settings.topic.as_ref().unwrap().text, "old times");
    assert!(room.has(Flag::Secret) && room.list(List::Ban).len() == 1 && settings.invited.len() == 1);
    assert!(settings.kept_roles.is_empty() && settings.renamed_at.is_none());
    assert_eq!((head.seq, head.at, head.message_at), (Seq(7), Timestamp(1800), Some(Timestamp(1500))));
    assert!(matches!(direct.kind, Kind::Direct(_)));
    assert_eq!(direct_head.message_at, Some(Timestamp(1700)));
    assert_eq!((loaded.last_room, loaded.last_at), (RoomId(3), Timestamp(1800)));

    let all = store.range(RoomId(1), Seq(0), Range::Latest(None), Content::Events, 100).await.unwrap();
    assert_eq!(all.iter().map(|entry| entry.seq.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    assert!(matches!(&all[2].event, Event::ModesChanged { changes }
        if matches!(changes[1], ModeChange::Role { role: Role::Voice, on: true, .. })));
    assert!(matches!(&all[6].event, Event::Kicked { reason, .. } if reason == "out"));
    let member = Reader { role: Role::Voice, ..Reader::of_all(Content::Messages) };
    let shown = store.read(RoomId(1), &member, Range::Latest(None), 100).await.unwrap();
    assert_eq!(shown.iter().map(|entry| entry.seq.0).collect::<Vec<_>>(), [4]);

    let alice = store.account(&AccountName::parse("alice").unwrap()).await.unwrap();
    assert_eq!((alice.id, alice.seen_at, alice.email), (AccountId(1), Some(Timestamp(5000)), None));
    assert_eq!(store.read_marker(AccountId(1), "#room").await.unwrap(), Some(Timestamp(1500)));

    let index = SearchIndex::open(&dir.path().join("search.db"), &store).await.unwrap();
    while index.take_in().await.unwrap() {}
    let scope = |room| Scope { room: RoomId(room), reader: member.clone() };
    let words = Words::parse("world").ok();
    let scopes = vec![scope(1), scope(2)];
    let query = Query { words, from: None, after: None, before: None, scopes, len_max: 10 };
    let found = index.search(query).await.unwrap();
    assert_eq!(found.iter().map(|entry| (entry.room.0, entry.seq.0)).collect::<Vec<_>>(), [(1, 4), (2, 1)]);
}
