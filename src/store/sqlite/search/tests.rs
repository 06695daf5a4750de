//! The index against the journal it is made from, on real files.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use sqlx::AssertSqlSafe;
use tempfile::TempDir;

use crate::clock::Timestamp;
use crate::ids::{RoomId, Seq};
use crate::limits;
use crate::names::{AccountName, Nick};
use crate::range::Content;
use crate::room::{Author, Earlier, Edited, Entry, Event, Redacted, Role, Said, Speech};
use crate::store::search::{Query, Scope, Search as _, Words};
use crate::store::{Batch, Journal as _, Reader};

use super::super::Sqlite;
use super::SearchIndex;

struct Bench {
    dir: TempDir,
    store: Sqlite,
    index: SearchIndex,
}

impl Bench {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&dir.path().join("chat.db")).await.unwrap();
        let index = SearchIndex::open(&dir.path().join("search.db"), &store).await.unwrap();
        Self { dir, store, index }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("search.db")
    }

    /// Closes the index and opens what is there then.
    async fn reopen(&mut self) {
        self.index.close().await;
        self.index = SearchIndex::open(&self.path(), &self.store).await.unwrap();
    }

    async fn say(&self, room: u64, seq: u64, text: &str) {
        self.append(vec![said(room, seq, "alice", Said::plain(text))]).await;
    }

    async fn append(&self, entries: Vec<Arc<Entry>>) {
        self.store.append(Batch { entries, ..Batch::default() }).await.unwrap();
    }

    /// Takes everything in.
    async fn follow(&self) {
        while self.index.take_in().await.unwrap() {}
    }

    async fn find(&self, query: Query) -> Vec<u64> {
        let found = self.index.search(query).await.unwrap();
        found.iter().map(|entry| entry.seq.0).collect()
    }

    async fn run(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&self.store.writer).await.unwrap();
    }
}

fn said(room: u64, seq: u64, nick: &str, said: Said) -> Arc<Entry> {
    let account = nick.strip_prefix("guest-").map_or_else(|| AccountName::parse(nick).ok(), |_| None);
    let (nick, host) = (Nick::parse(nick).unwrap(), "h".into());
    let author = Arc::new(Author { nick, user: "u".into(), host, account, bot: false });
    let at = Timestamp(i64::try_from(seq).unwrap() * 10);
    Arc::new(Entry {
        room: RoomId(room),
        seq: Seq(seq),
        at,
        author,
        target: "#a".into(),
        event: Event::Said(said),
    })
}

fn reader(role: Role, account: Option<&str>) -> Reader {
    let account = account.map(|name| AccountName::parse(name).unwrap());
    Reader { role, account, ..Reader::of_all(Content::Messages) }
}

fn scope(room: u64) -> Scope {
    Scope { room: RoomId(room), reader: reader(Role::Member, None) }
}

/// In room 1, by a member.
fn query(text: &str) -> Query {
    let words = (!text.is_empty()).then(|| Words::parse(text).unwrap());
    Query { words, from: None, after: None, before: None, scopes: vec![scope(1)], len_max: 10 }
}

#[tokio::test]
async fn what_was_said_is_found_by_its_words() {
    let bench = Bench::new().await;
    for (seq, text) in
        (1..).zip(["Hello world", "Crème brûlée", "東京都に住む", "a*b OR \"c\"", "see x.example"])
    {
        bench.say(1, seq, text).await;
    }
    bench.follow().await;
    for (text, found) in [
        ("world", vec![1]),
        ("WOR", vec![1]),
        ("hello world", vec![1]),
        ("orld", vec![]),
        ("creme", vec![2]),
        ("BRÛL", vec![2]),
        ("京都", vec![3]),
        ("東都", vec![]),
        ("b OR c", vec![4]),
        ("\" OR §r1s3 OR \"", vec![]),
        ("§r1s3", vec![]),
        ("body:hello", vec![]),
        ("hello*", vec![1]),
        ("x.example", vec![5]),
        ("\"world hello\"", vec![]),
        ("", vec![1, 2, 3, 4, 5]),
    ] {
        assert_eq!(bench.find(query(text)).await, found, "{text}");
    }
}

#[tokio::test]
async fn each_attribute_narrows_what_is_found() {
    let bench = Bench::new().await;
    let mut entries: Vec<_> = (1..=20).map(|seq| said(1, seq, "alice", Said::plain("word"))).collect();
    entries.extend((1..=3).map(|seq| said(2, seq + 20, "bob", Said::plain("word"))));
    bench.append(entries).await;
    bench.follow().await;
    let nick = |name: &str| Nick::parse(name).ok();
    let time = |ms| Some(Timestamp(ms));
    for (asked, found) in [
        (Query { len_max: 3, ..query("word") }, vec![18, 19, 20]),
        (Query { len_max: 3, before: time(100), ..query("word") }, vec![8, 9, 10]),
        (Query { len_max: 3, after: time(100), ..query("word") }, vec![10, 11, 12]),
        (Query { after: time(185), ..query("word") }, vec![19, 20]),
        (Query { after: time(100), before: time(110), ..query("") }, vec![10, 11]),
        (Query { after: time(110), before: time(100), ..query("") }, vec![]),
        (Query { before: time(9), ..query("word") }, vec![]),
        (Query { after: Some(Timestamp::MAX), ..query("word") }, vec![]),
        (Query { from: nick("BOB"), scopes: vec![scope(1), scope(2)], ..query("word") }, vec![21, 22, 23]),
        (Query { from: nick("bob"), ..query("word") }, vec![]),
        (Query { len_max: 4, scopes: vec![scope(1), scope(2)], ..query("word") }, vec![20, 21, 22, 23]),
        (Query { scopes: Vec::new(), ..query("word") }, vec![]),
        (Query { len_max: 0, ..query("word") }, vec![]),
    ] {
        assert_eq!(bench.find(asked.clone()).await, found, "{asked:?}");
    }
}

#[tokio::test]
async fn nothing_is_found_that_its_reader_is_not_shown() {
    let bench = Bench::new().await;
    let to = |audience, text: &str| Said { audience, ..Said::plain(text) };
    bench
        .append(vec![
            said(1, 1, "alice", to(Role::Member, "word")),
            said(1, 2, "alice", to(Role::Voice, "word")),
            said(1, 3, "bob", to(Role::Operator, "word")),
        ])
        .await;
    bench.follow().await;
    for (reader, found) in [
        (reader(Role::Member, None), vec![1]),
        (reader(Role::Voice, None), vec![1, 2]),
        (reader(Role::Operator, None), vec![1, 2, 3]),
        (reader(Role::Member, Some("bob")), vec![1, 3]),
        (reader(Role::Member, Some("carol")), vec![1]),
        (Reader { since: Timestamp(20), ..reader(Role::Operator, None) }, vec![2, 3]),
        (Reader { floor: Seq(2), ..reader(Role::Operator, None) }, vec![3]),
    ] {
        for text in ["word", ""] {
            let scopes = vec![Scope { room: RoomId(1), reader: reader.clone() }];
            assert_eq!(bench.find(Query { scopes, ..query(text) }).await, found, "{reader:?}");
        }
    }
}

/// Many batches, each time with the index closed in between, as after a crash between two.
#[tokio::test]
async fn the_index_goes_on_where_it_was() {
    let mut bench = Bench::new().await;
    let (batch, mut last) = (u64::try_from(limits::INDEX_BATCH_LEN).unwrap(), 0);
    for _ in 0..4 {
        let entries =
            (last + 1..=last + batch + 200).map(|seq| said(1, seq, "alice", Said::plain(format!("w{seq}"))));
        bench.append(entries.collect()).await;
        last += batch + 200;
        assert!(bench.index.take_in().await.unwrap(), "there is more than one batch");
        bench.reopen().await;
    }
    bench.follow().await;
    for seq in [1, batch, batch + 1, batch + 200, batch + 201, last] {
        assert_eq!(bench.find(query(&format!("\"w{seq}\""))).await, [seq]);
    }
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM messages")
        .fetch_one(&bench.index.place.load().readers)
        .await
        .unwrap();
    assert_eq!(u64::try_from(rows).unwrap(), last, "each once");
}

/// Redacts what stands at `message`, as the journal's writer does.
fn redacted(room: u64, seq: u64, message: u64) -> Arc<Entry> {
    let Entry { author, target, at, .. } = (*said(room, seq, "alice", Said::plain(""))).clone();
    let message = Earlier { seq: Seq(message), at: Timestamp(1) };
    let event =
        Event::Redacted(Redacted { message, edits: Vec::new(), audience: Role::Member, reason: "".into() });
    Arc::new(Entry { room: RoomId(room), seq: Seq(seq), at, author, target, event })
}

/// What was just committed comes to the index from memory, anything else from the database.
#[tokio::test]
async fn the_index_is_the_same_whichever_way_it_was_made() {
    let bench = Bench::new().await;
    let to = |audience, text: &str| Said { audience, ..Said::plain(text) };
    let edited = |seq, original| {
        let original = Earlier { seq: Seq(original), at: Timestamp(1) };
        let text = "other words".into();
        let event = Event::Edited(Edited { original, speech: Speech::Message, audience: Role::Voice, text });
        Arc::new(Entry { event, ..(*said(2, seq, "bob", Said::plain(""))).clone() })
    };
    bench
        .append(vec![
            said(1, 1, "alice", Said::plain("to all")),
            said(1, 2, "guest-x", to(Role::Voice, "to voices\nand more")),
            said(1, 3, "bob", to(Role::Operator, "to operators")),
            said(1, 4, "bob", Said { speech: Speech::Tags, ..Said::plain("") }),
            said(2, 1, "bob", to(Role::Voice, "some words")),
            edited(2, 1),
        ])
        .await;
    bench.follow().await;
    bench.append(vec![said(1, 5, "alice", Said::plain("a mistake")), redacted(1, 6, 2)]).await;
    bench.append(vec![redacted(1, 7, 5), said(1, 8, "alice", Said::plain("the end"))]).await;
    bench.follow().await;
    let later = SearchIndex::open(&bench.dir.path().join("later.db"), &bench.store).await.unwrap();
    while later.take_in().await.unwrap() {}
    let mut all = Vec::new();
    for index in [&bench.index, &later] {
        let place = index.place.load_full();
        let rows = sqlx::query_as("SELECT rowid, words FROM messages ORDER BY rowid");
        let rows: Vec<(i64, String)> = rows.fetch_all(&place.readers).await.unwrap();
        let cursor: (i64, i64) =
            sqlx::query_as("SELECT id, at FROM cursor").fetch_one(&place.readers).await.unwrap();
        all.push((rows, cursor));
    }
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0].0.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [1, 3, 5, 6, 10]);
}

#[tokio::test]
async fn an_index_that_is_gone_or_of_no_use_is_made_anew() {
    let mut bench = Bench::new().await;
    bench.say(1, 1, "hello").await;
    let ruin: [fn(&PathBuf); 4] = [
        |path| fs::remove_file(path).unwrap(),
        |path| fs::write(path, "this is no database").unwrap(),
        |path| fs::write(path, "").unwrap(),
        |path| {
            // Its head is whole and the rest is not.
            let mut bytes = fs::read(path).unwrap();
            bytes[4096..].fill(7);
            fs::write(path, bytes).unwrap();
        },
    ];
    for ruin in ruin {
        bench.follow().await;
        assert_eq!(bench.find(query("hello")).await, [1]);
        bench.index.close().await;
        ruin(&bench.path());
        bench.reopen().await;
        // What is found to be damaged only now fails once.
        while bench.index.take_in().await.is_err() {}
    }
    bench.follow().await;
    assert_eq!(bench.find(query("hello")).await, [1]);
}

#[tokio::test]
async fn an_index_of_another_form_or_database_is_made_anew() {
    let mut bench = Bench::new().await;
    bench.say(1, 1, "hello").await;
    bench.follow().await;
    let old = "UPDATE cursor SET form = 0";
    sqlx::raw_sql(old).execute(&bench.index.place.load().writer).await.unwrap();
    bench.reopen().await;
    assert!(bench.find(query("hello")).await.is_empty());
    bench.follow().await;
    assert_eq!(bench.find(query("hello")).await, [1]);
    // A backup was restored, and life went on differently.
    bench.run("UPDATE entries SET body = 'farewell', at = 77 WHERE id = 1").await;
    bench.follow().await;
    assert!(bench.find(query("hello")).await.is_empty());
    assert_eq!(bench.find(query("farewell")).await, [1]);
}

/// As `record.rs` stores a redaction: the row is emptied, and one that names it follows.
#[tokio::test]
async fn what_was_erased_leaves_no_trace() {
    let bench = Bench::new().await;
    bench.say(1, 1, "harmless").await;
    bench.say(1, 2, "zyxwvsecret").await;
    bench.say(1, 3, "zyxwvsecret edited").await;
    bench.follow().await;
    assert_eq!(bench.find(query("zyxwvsecret")).await, [2, 3]);
    bench
        .run("UPDATE entries SET kind = 21, body = '', tags = NULL, detail = NULL WHERE seq IN (2, 3)")
        .await;
    assert!(bench.find(query("zyxwvsecret")).await.is_empty(), "at once, whatever the index says");
    bench
        .run(
            "INSERT INTO entries (room, seq, at, kind, version, source, bot, target, body, detail) VALUES \
             (1, 4, 40, 20, 1, 'a!b@c', 0, '#a', '', '{\"message\":{\"seq\":2,\"at\":20},\"audience\":\"Member\"}')",
        )
        .await;
    bench.follow().await;
    let rows: Vec<i64> = sqlx::query_scalar("SELECT rowid FROM messages")
        .fetch_all(&bench.index.place.load().readers)
        .await
        .unwrap();
    assert_eq!(rows, [1]);
    for suffix in ["", "-wal"] {
        let file = fs::read(bench.dir.path().join(format!("search.db{suffix}"))).unwrap();
        assert!(!file.windows(5).any(|part| part == b"zyxwv"), "search.db{suffix} still holds it");
    }
    assert_eq!(bench.find(query("harmless")).await, [1]);
}

#[tokio::test]
async fn a_page_is_filled_although_some_of_it_is_gone() {
    let bench = Bench::new().await;
    bench.append((1..=130).map(|seq| said(1, seq, "alice", Said::plain("word"))).collect()).await;
    bench.follow().await;
    bench.run("DELETE FROM entries WHERE seq BETWEEN 12 AND 128").await;
    assert_eq!(bench.find(Query { len_max: 4, ..query("word") }).await, [10, 11, 129, 130]);
    let after = Some(Timestamp(100));
    assert_eq!(bench.find(Query { len_max: 4, after, ..query("word") }).await, [10, 11, 129, 130]);
}

#[tokio::test]
async fn only_so_many_search_at_one_time() {
    let bench = Bench::new().await;
    bench.say(1, 1, "hello").await;
    bench.follow().await;
    let all = u32::try_from(limits::SEARCHES_MAX).unwrap();
    let permits = Arc::clone(&bench.index.permits).acquire_many_owned(all).await.unwrap();
    let mut searching = Box::pin(bench.find(query("hello")));
    for _ in 0..100 {
        tokio::select! {
            biased;
            found = &mut searching => panic!("it did not wait: {found:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
    drop(permits);
    assert_eq!(searching.await, [1]);
}
