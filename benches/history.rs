//! Reading history: pages of 100, and searches, out of ten thousand and out of a million messages.
//!
//! Run by hand: `cargo bench --bench history`. The databases are made on the first run, under
//! `target/tmp/`, and kept; that takes a minute. What comes out belongs into `docs/performance.md`.

#![allow(clippy::unwrap_used, reason = "a panic is how a benchmark fails")]

#[path = "databases/mod.rs"]
mod databases;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex};

use chat_secure::clock::Timestamp;
use chat_secure::ids::{RoomId, Seq};
use chat_secure::names::Nick;
use chat_secure::range::{Content, Point, Range};
use chat_secure::room::Role;
use chat_secure::store::{Journal as _, Reader, Search as _};
use divan::Bencher;
use tokio::runtime::Runtime;

use databases::{Database, NARROW, OPEN, PAGE, all_rooms, query, reader, scope};

const SIZES: [u64; 2] = [10_000, 1_000_000];

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static DATABASES: LazyLock<Mutex<HashMap<u64, Database>>> = LazyLock::new(Mutex::default);

fn main() {
    divan::main();
}

fn database(size: u64) -> Database {
    let mut databases = DATABASES.lock().unwrap();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("messages-{size}"));
    databases.entry(size).or_insert_with(|| RUNTIME.block_on(Database::open_or_make(&folder, size))).clone()
}

fn page(database: &Database, room: RoomId, reader: &Reader, range: Range) -> usize {
    let page = RUNTIME.block_on(database.store.read(room, reader, range, PAGE)).unwrap();
    page.len()
}

#[divan::bench(args = SIZES)]
fn latest_page(bencher: Bencher<'_, '_>, size: u64) {
    let (database, reader) = (database(size), reader(Role::Member, Content::Messages));
    bencher.bench_local(|| page(&database, OPEN, &reader, Range::Latest(None)));
}

#[divan::bench(args = SIZES)]
fn page_from_the_middle(bencher: Bencher<'_, '_>, size: u64) {
    let (database, reader) = (database(size), reader(Role::Member, Content::Messages));
    let middle = Point::Seq(Seq(database.open_len / 2));
    bencher.bench_local(|| page(&database, OPEN, &reader, Range::Before(middle)));
}

#[divan::bench(args = SIZES)]
fn page_from_a_time(bencher: Bencher<'_, '_>, size: u64) {
    let (database, reader) = (database(size), reader(Role::Member, Content::Messages));
    let middle = Point::Time(database.time_of(database.open_len / 2));
    bencher.bench_local(|| page(&database, OPEN, &reader, Range::After(middle)));
}

#[divan::bench(args = SIZES)]
fn page_of_events(bencher: Bencher<'_, '_>, size: u64) {
    let (database, reader) = (database(size), reader(Role::Member, Content::Events));
    bencher.bench_local(|| page(&database, OPEN, &reader, Range::Latest(None)));
}

#[divan::bench(args = SIZES)]
fn page_of_one_in_a_thousand(bencher: Bencher<'_, '_>, size: u64) {
    let reader = Reader { account: None, ..reader(Role::Member, Content::Messages) };
    let database = database(size);
    bencher.bench_local(|| page(&database, NARROW, &reader, Range::Latest(None)));
}

/// In one room of half a million messages, and in 52 rooms together.
#[divan::bench(args = [
    "one room: \"weo\"",
    "one room: weo",
    "one room: we",
    "one room: weo wes",
    "one room: \"weo wes\"",
    "one room: wtpdl",
    "one room: nothinglikethis",
    "all rooms: weo",
    "all rooms: wtpdl",
    "all rooms: nothinglikethis",
])]
fn search_in_a_million(bencher: Bencher<'_, '_>, asked: &str) {
    let database = database(1_000_000);
    let (place, text) = asked.split_once(": ").unwrap();
    let rooms = if place == "all rooms" { all_rooms().collect() } else { vec![OPEN] };
    let scopes: Vec<_> = rooms.into_iter().map(|room| scope(room, Role::Member)).collect();
    let query = query(&scopes, Some(text));
    let found = RUNTIME.block_on(database.index.search(query.clone())).unwrap();
    eprintln!("{asked}: {} found", found.len());
    bencher.bench_local(|| RUNTIME.block_on(database.index.search(query.clone())).unwrap().len());
}

/// What somebody said, and in a stretch of time.
#[divan::bench(args = ["by one of 200", "in one hour"])]
fn search_without_words(bencher: Bencher<'_, '_>, asked: &str) {
    let database = database(1_000_000);
    let mut query = query(&[scope(OPEN, Role::Member)], None);
    if asked.starts_with("by") {
        query.from = Nick::parse("user7").ok();
    } else {
        query.after = Some(Timestamp(1_700_003_600_000));
        query.before = Some(Timestamp(1_700_007_200_000));
    }
    bencher.bench_local(|| RUNTIME.block_on(database.index.search(query.clone())).unwrap().len());
}
