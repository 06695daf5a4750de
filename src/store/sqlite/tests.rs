//! What is special about SQLite: the file, its locks, its failures. On real files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;

use crate::clock::Timestamp;
use crate::ids::{RoomId, Seq};
use crate::names::Nick;
use crate::range::{Content, Point, Range};
use crate::room::{Author, Entry, Event, Said};
use crate::store::{Batch, Error, Journal as _};

use super::{OpenError, Sqlite};

mod chain;
mod damage;
mod upgrade;

crate::store::conformance::conformance!(super::tests::open);

async fn open() -> (Sqlite, TempDir) {
    let (path, dir) = place();
    (Sqlite::open(&path).await.unwrap(), dir)
}

fn place() -> (PathBuf, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (dir.path().join("chat.db"), dir)
}

fn batch(from: u64, to: u64, text: &str) -> Batch {
    let author = Arc::new(Author {
        nick: Nick::parse("alice").unwrap(),
        user: "u".into(),
        host: "h".into(),
        account: None,
        bot: false,
    });
    let entries = (from..=to)
        .map(|seq| {
            Arc::new(Entry {
                room: RoomId(1),
                seq: Seq(seq),
                at: Timestamp(1),
                author: Arc::clone(&author),
                target: "#a".into(),
                event: Event::Said(Said::plain(text)),
            })
        })
        .collect();
    Batch { entries, ..Batch::default() }
}

async fn stored(store: &Sqlite) -> usize {
    store.range(RoomId(1), Seq(0), Range::Latest(None), Content::Events, 10_000).await.unwrap().len()
}

async fn stranger(path: &std::path::Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).connect().await.unwrap()
}

async fn run(connection: &mut SqliteConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

#[tokio::test]
async fn a_database_survives_closing_and_is_private() {
    let (path, _dir) = place();
    let store = Sqlite::open(&path).await.unwrap();
    store.append(batch(1, 3, "x")).await.unwrap();
    for file in ["chat.db", "chat.db-wal"] {
        let mode = fs::metadata(path.with_file_name(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    store.close().await;
    assert!(!path.with_file_name("chat.db-wal").exists(), "the log is folded in");
    assert!(matches!(store.append(batch(4, 4, "x")).await, Err(Error::Unavailable(_))));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let store = Sqlite::open(&path).await.unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(stored(&store).await, 3);
}

#[tokio::test]
async fn the_settings_are_those_that_durability_needs() {
    let (store, _dir) = open().await;
    for (sql, expected) in [
        ("PRAGMA synchronous", 2),
        ("PRAGMA foreign_keys", 1),
        ("PRAGMA busy_timeout", 500),
        ("PRAGMA secure_delete", 1),
    ] {
        let value: i64 = sqlx::query_scalar(sql).fetch_one(&store.writer).await.unwrap();
        assert_eq!(value, expected, "{sql}");
    }
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&store.readers).await.unwrap();
    assert_eq!(mode, "wal");
    assert!(sqlx::query("DELETE FROM rooms").execute(&store.readers).await.is_err());
}

/// Without it a connection that reads may be left without any page in memory.
#[tokio::test]
async fn all_connections_share_one_limit_of_memory() {
    let (store, _dir) = open().await;
    for pool in [&store.writer, &store.readers] {
        for (sql, expected) in [("PRAGMA cache_size", -16_384), ("PRAGMA soft_heap_limit", 16_777_216)] {
            let value: i64 = sqlx::query_scalar(sql).fetch_one(pool).await.unwrap();
            assert_eq!(value, expected, "{sql}");
        }
    }
}

#[tokio::test]
async fn a_full_disk_fails_the_batch_and_nothing_else() {
    let (store, _dir) = open().await;
    store.append(batch(1, 1, "x")).await.unwrap();
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&store.writer).await.unwrap();
    let limit = format!("PRAGMA max_page_count = {}", pages + 2);
    sqlx::raw_sql(sqlx::AssertSqlSafe(limit)).execute(&store.writer).await.unwrap();
    for _ in 0..3 {
        let result = store.append(batch(2, 500, &"x".repeat(400))).await;
        assert!(matches!(&result, Err(Error::Unavailable(text)) if text.contains("full")), "{result:?}");
        assert_eq!(stored(&store).await, 1);
    }
    sqlx::raw_sql("PRAGMA max_page_count = 1000000").execute(&store.writer).await.unwrap();
    store.append(batch(2, 500, "x")).await.unwrap();
    assert_eq!(stored(&store).await, 500);
}

#[tokio::test]
async fn a_lock_of_another_process_fails_the_batch_until_it_is_gone() {
    let (path, _dir) = place();
    let store = Sqlite::open(&path).await.unwrap();
    let mut other = stranger(&path).await;
    run(&mut other, "BEGIN EXCLUSIVE").await;
    let result = store.append(batch(1, 2, "x")).await;
    assert!(matches!(&result, Err(Error::Unavailable(text)) if text.contains("locked")), "{result:?}");
    assert_eq!(stored(&store).await, 0);
    run(&mut other, "ROLLBACK").await;
    store.append(batch(1, 2, "x")).await.unwrap();
    assert_eq!(stored(&store).await, 2);
}

#[tokio::test]
async fn a_read_only_database_fails_the_batch_until_it_can_be_written() {
    let (store, _dir) = open().await;
    sqlx::raw_sql("PRAGMA query_only = 1").execute(&store.writer).await.unwrap();
    let result = store.append(batch(1, 2, "x")).await;
    assert!(matches!(&result, Err(Error::Unavailable(text)) if text.contains("readonly")), "{result:?}");
    sqlx::raw_sql("PRAGMA query_only = 0").execute(&store.writer).await.unwrap();
    store.append(batch(1, 2, "x")).await.unwrap();
    assert_eq!(stored(&store).await, 2);
}

#[tokio::test]
async fn a_transaction_that_was_left_open_does_not_block_the_next() {
    let (store, _dir) = open().await;
    let half = store.write(|connection| {
        Box::pin(async move {
            let done = sqlx::raw_sql("CREATE TABLE half (a)").execute(connection).await;
            assert!(done.is_err(), "a panic in the middle");
            Ok(())
        })
    });
    assert!(matches!(half.await, Err(Error::Unavailable(_))));
    store.append(batch(1, 2, "x")).await.unwrap();
    assert_eq!(stored(&store).await, 2);
    let half: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = 'half'")
        .fetch_one(&store.readers)
        .await
        .unwrap();
    assert_eq!(half, 0);
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_a_whole_batch() {
    let (store, _dir) = open().await;
    for round in 0..20 {
        let (from, to) = (round * 500 + 1, round * 500 + 500);
        let append = store.append(batch(from, to, "x"));
        // Polled once: the work has begun, nobody waits for it.
        tokio::select! {
            biased;
            done = append => done.unwrap(),
            () = tokio::task::yield_now() => {}
        }
        // Queues behind it.
        store.append(Batch { dissolved: vec![RoomId(5)], ..Batch::default() }).await.unwrap();
        assert_eq!(stored(&store).await, usize::try_from(to).unwrap());
    }
}

#[tokio::test]
async fn readers_who_go_away_leave_their_connections() {
    let (store, _dir) = open().await;
    store.append(batch(1, 1000, "x")).await.unwrap();
    for _ in 0..50 {
        let range = Range::Before(Point::Time(Timestamp(5)));
        tokio::select! {
            biased;
            read = store.range(RoomId(1), Seq(0), range, Content::Events, 1000) => drop(read.unwrap()),
            () = tokio::task::yield_now() => {}
        }
    }
    assert_eq!(stored(&store).await, 1000);
    assert!(store.readers.size() <= 3);
    // No reader holds an old state of the log open.
    let busy: i64 =
        sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&store.writer).await.unwrap();
    assert_eq!(busy, 0);
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_is_left_out() {
    let (store, _dir) = open().await;
    store.append(batch(1, 4, "x")).await.unwrap();
    sqlx::raw_sql(
        "UPDATE entries SET kind = 99 WHERE seq = 2; UPDATE entries SET source = 'x' WHERE seq = 3",
    )
    .execute(&store.writer)
    .await
    .unwrap();
    assert_eq!(stored(&store).await, 2);
    assert_eq!(store.load().await.unwrap().last_at, Timestamp(1));
}

#[tokio::test]
async fn messages_and_their_uploads_find_each_other_by_index() {
    let (store, _dir) = open().await;
    for sql in super::uploads::STATEMENTS {
        let rows: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")))
                .fetch_all(&store.readers)
                .await
                .unwrap();
        assert!(rows.iter().all(|(.., step)| !step.starts_with("SCAN")), "{rows:?} in {sql}");
    }
}

#[tokio::test]
async fn every_read_of_history_is_by_index() {
    let (store, _dir) = open().await;
    let plans = super::range::statements().into_iter().chain([super::loading::LOAD_ROOMS.into()]);
    let plans = plans.chain(super::erasure::STATEMENTS.map(str::to_owned));
    let plans = plans.chain(super::retention::STATEMENTS.map(str::to_owned));
    let plans = plans.chain(super::search::STATEMENTS.map(str::to_owned));
    for sql in plans {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
        let rows: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(explain).fetch_all(&store.readers).await.unwrap();
        let plan: Vec<&str> = rows.iter().map(|(.., step)| step.as_str()).collect();
        if sql.contains("sight = ") {
            let by_sight = "INDEX entries_sight (room=? AND sight=?";
            assert!(plan.iter().any(|step| step.contains(by_sight)), "{plan:?} in {sql}");
            let over_all = "autoindex_entries_1 (room=? AND seq>? AND seq<?)";
            assert!(!plan.iter().any(|step| step.contains(over_all)), "{plan:?} in {sql}");
        }
        if sql.contains("account = ") {
            let by_account = "INDEX entries_narrow (room=? AND account=? AND seq>? AND seq<?)";
            assert!(plan.iter().any(|step| step.contains(by_account)), "{plan:?} in {sql}");
        }
        for (.., step) in &rows {
            let scan = step.starts_with("SCAN");
            let of_entries = step.contains("entries") || step.split(' ').any(|word| word == "e");
            assert!(!(scan && of_entries), "{step} in {sql}");
            assert!(!step.contains("TEMP B-TREE"), "{step} in {sql}");
        }
    }
}

#[tokio::test]
async fn what_is_not_our_database_is_refused_with_a_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let missing = Sqlite::open(&dir.path().join("no/chat.db")).await.unwrap_err();
    assert!(matches!(&missing, OpenError::MissingDirectory(_)), "{missing}");
    let text = dir.path().join("text");
    fs::write(&text, "this is no database, however long it is ".repeat(50)).unwrap();
    let not_a_database = Sqlite::open(&text).await.unwrap_err();
    assert!(matches!(&not_a_database, OpenError::NotADatabase(_)), "{not_a_database}");
    let foreign = dir.path().join("foreign.db");
    let mut other =
        SqliteConnectOptions::new().filename(&foreign).create_if_missing(true).connect().await.unwrap();
    run(&mut other, "CREATE TABLE recipes (a)").await;
    let foreign = Sqlite::open(&foreign).await.unwrap_err();
    assert!(matches!(&foreign, OpenError::Foreign(_)), "{foreign}");
}

#[tokio::test]
async fn a_database_of_another_version_is_refused_with_a_remedy() {
    let (path, _dir) = place();
    Sqlite::open(&path).await.unwrap().close().await;
    let mut other = stranger(&path).await;
    run(
        &mut other,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'future', 1, x'00', 0)",
    )
    .await;
    let newer = Sqlite::open(&path).await.unwrap_err();
    assert!(matches!(&newer, OpenError::Newer { found: 9999, known: 1.., .. }), "{newer}");
    assert!(newer.to_string().contains("newer version"), "{newer}");
    run(&mut other, "DELETE FROM _sqlx_migrations WHERE version = 9999").await;
    run(&mut other, "UPDATE _sqlx_migrations SET checksum = x'00'").await;
    let altered = Sqlite::open(&path).await.unwrap_err();
    assert!(matches!(&altered, OpenError::Altered { version: 1, .. }), "{altered}");
}

#[tokio::test]
async fn a_file_that_cannot_be_written_or_is_locked_is_refused_with_a_remedy() {
    let (path, _dir) = place();
    Sqlite::open(&path).await.unwrap().close().await;
    let mut other = stranger(&path).await;
    run(&mut other, "BEGIN EXCLUSIVE").await;
    let locked = Sqlite::open(&path).await.unwrap_err();
    assert!(matches!(&locked, OpenError::Locked(_)), "{locked}");
    run(&mut other, "ROLLBACK").await;
    if rustix::process::geteuid().is_root() {
        return; // Nothing is read-only to root.
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    let read_only = Sqlite::open(&path).await.unwrap_err();
    assert!(matches!(&read_only, OpenError::ReadOnly(_)), "{read_only}");
}
