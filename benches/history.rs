//! Reading history: pages of 100, and searches, out of ten thousand and out of a million messages.
//!
//! Run by hand: `cargo bench --bench history`. The databases are made on the first run, under
//! `target/tmp/`, and kept; that takes a minute. What comes out belongs into `docs/performance.md`.

#![allow(clippy::unwrap_used, reason = "a panic is how a benchmark fails")]

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use chat_secure::clock::Timestamp;
use chat_secure::ids::{RoomId, Seq};
use chat_secure::names::{AccountName, Nick};
use chat_secure::range::{Content, Point, Range};
use chat_secure::room::{Author, Entry, Event, Role, Said};
use chat_secure::store::search::{Query, Scope, Words};
use chat_secure::store::sqlite::{SearchIndex, Sqlite};
use chat_secure::store::{Batch, Journal as _, Reader, Search as _};
use divan::Bencher;
use tokio::runtime::Runtime;

const SIZES: [u64; 2] = [10_000, 1_000_000];
/// A page as clients ask for it.
const PAGE: usize = 100;
/// Entries of one commit while the database is made.
const COMMIT: u64 = 1000;
/// A room whose messages all are for everybody; half of all.
const OPEN: RoomId = RoomId(1);
/// A room in which one message of a thousand is for everybody, the others for operators.
const NARROW: RoomId = RoomId(2);
/// Other rooms, which share the rest.
const OTHERS: u64 = 50;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static DATABASES: LazyLock<Mutex<HashMap<u64, Database>>> = LazyLock::new(Mutex::default);

fn main() {
    divan::main();
}

/// A database of that many messages, with its index.
#[derive(Clone)]
struct Database {
    store: Sqlite,
    index: SearchIndex,
    /// How many messages are in [`OPEN`].
    open_len: u64,
}

impl Database {
    fn of(size: u64) -> Self {
        let mut databases = DATABASES.lock().unwrap();
        databases.entry(size).or_insert_with(|| RUNTIME.block_on(Self::open_or_make(size))).clone()
    }

    async fn open_or_make(size: u64) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("history-{size}"));
        let is_made = folder.join("made").exists();
        if !is_made {
            drop(std::fs::remove_dir_all(&folder));
            std::fs::create_dir_all(&folder).unwrap();
        }
        let store = Sqlite::open(&folder.join("chat-secure.db")).await.unwrap();
        let index = SearchIndex::open(&folder.join("search.db"), &store).await.unwrap();
        let mut made = Made::default();
        if !is_made {
            let begun = Instant::now();
            while made.len < size {
                let entries = (0..COMMIT).map(|_| made.next()).collect();
                store.append(Batch { entries, ..Batch::default() }).await.unwrap();
            }
            eprintln!("{size} messages written: {:.0} a second", rate(size, begun));
            let begun = Instant::now();
            tokio::spawn(index.clone().follow());
            let last = Query { len_max: 1, ..query(&[scope(made.last_room, Role::Operator)], None) };
            while index.search(last.clone()).await.unwrap().last().map(|e| e.seq) != Some(made.last_seq()) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            eprintln!("{size} messages indexed: {:.0} a second", rate(size, begun));
            std::fs::write(folder.join("made"), "").unwrap();
        } else {
            while made.len < size {
                made.place();
            }
        }
        Self { store, index, open_len: made.seqs[&OPEN] }
    }

    fn page(&self, room: RoomId, reader: &Reader, range: Range) -> usize {
        let page = RUNTIME.block_on(self.store.read(room, reader, range, PAGE)).unwrap();
        page.len()
    }
}

fn rate(size: u64, begun: Instant) -> f64 {
    Duration::from_secs(size).as_secs_f64() / begun.elapsed().as_secs_f64()
}

/// The messages, always the same.
#[derive(Default)]
struct Made {
    len: u64,
    seqs: HashMap<RoomId, u64>,
    last_room: RoomId,
    random: u64,
}

impl Made {
    fn last_seq(&self) -> Seq {
        Seq(self.seqs[&self.last_room])
    }

    /// Room and place of the next one.
    fn place(&mut self) -> (RoomId, Seq) {
        let room = match self.len % 4 {
            0 | 2 => OPEN,
            1 => NARROW,
            _ => RoomId(10 + self.len / 4 % OTHERS),
        };
        self.len += 1;
        self.last_room = room;
        let seq = self.seqs.entry(room).or_default();
        *seq += 1;
        (room, Seq(*seq))
    }

    fn next(&mut self) -> Arc<Entry> {
        let (room, seq) = self.place();
        let audience =
            if room == NARROW && !seq.0.is_multiple_of(1000) { Role::Operator } else { Role::Member };
        let number = self.number();
        let name = format!("user{}", number % 200);
        let author = Author {
            nick: Nick::parse(&name).unwrap(),
            user: name.clone(),
            host: format!("{name}.users"),
            account: AccountName::parse(&name).ok(),
            bot: false,
        };
        let words: Vec<String> = (0..14).map(|_| self.word()).collect();
        let said = Said { audience, ..Said::plain(words.join(" ")) };
        Arc::new(Entry {
            room,
            seq,
            at: Timestamp(1_700_000_000_000 + i64::try_from(self.len).unwrap() * 10),
            author: Arc::new(author),
            target: format!("#room{room}").into(),
            event: Event::Said(said),
        })
    }

    /// A word of a language with some thousands, a few of which are most of what is said.
    fn word(&mut self) -> String {
        let bits = 1 + self.number() % 14;
        let number = self.number() % (1 << bits);
        let letters = b"etaoinshrdlucmfwyp";
        let mut word = String::from("w");
        let mut rest = number + 20;
        while rest > 0 {
            let letter = usize::try_from(rest % 18).unwrap();
            word.push(char::from(letters[letter]));
            rest /= 18;
        }
        word
    }

    /// Source: D. Knuth's MMIX generator; its upper bits are random enough.
    fn number(&mut self) -> u64 {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.random >> 33
    }
}

fn reader(role: Role, content: Content) -> Reader {
    let account = AccountName::parse("user1").ok();
    Reader { role, account, ..Reader::of_all(content) }
}

#[divan::bench(args = SIZES)]
fn latest_page(bencher: Bencher<'_, '_>, size: u64) {
    let (database, reader) = (Database::of(size), reader(Role::Member, Content::Messages));
    bencher.bench_local(|| database.page(OPEN, &reader, Range::Latest(None)));
}

#[divan::bench(args = SIZES)]
fn page_from_the_middle(bencher: Bencher<'_, '_>, size: u64) {
    let (database, reader) = (Database::of(size), reader(Role::Member, Content::Messages));
    let middle = Point::Seq(Seq(database.open_len / 2));
    bencher.bench_local(|| database.page(OPEN, &reader, Range::Before(middle)));
}

#[divan::bench(args = SIZES)]
fn page_from_a_time(bencher: Bencher<'_, '_>, size: u64) {
    let (database, reader) = (Database::of(size), reader(Role::Member, Content::Messages));
    let middle = Point::Time(Timestamp(1_700_000_000_000 + i64::try_from(size).unwrap() * 5));
    bencher.bench_local(|| database.page(OPEN, &reader, Range::After(middle)));
}

#[divan::bench(args = SIZES)]
fn page_of_events(bencher: Bencher<'_, '_>, size: u64) {
    let (database, reader) = (Database::of(size), reader(Role::Member, Content::Events));
    bencher.bench_local(|| database.page(OPEN, &reader, Range::Latest(None)));
}

#[divan::bench(args = SIZES)]
fn page_of_one_in_a_thousand(bencher: Bencher<'_, '_>, size: u64) {
    let reader = Reader { account: None, ..reader(Role::Member, Content::Messages) };
    let database = Database::of(size);
    bencher.bench_local(|| database.page(NARROW, &reader, Range::Latest(None)));
}

fn scope(room: RoomId, role: Role) -> Scope {
    Scope { room, reader: reader(role, Content::Messages) }
}

fn query(scopes: &[Scope], text: Option<&str>) -> Query {
    let words = text.map(|text| Words::parse(text).unwrap());
    Query { words, from: None, after: None, before: None, scopes: scopes.to_vec(), len_max: PAGE }
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
    let database = Database::of(1_000_000);
    let (place, text) = asked.split_once(": ").unwrap();
    let mut scopes = vec![scope(OPEN, Role::Member)];
    if place == "all rooms" {
        scopes.push(scope(NARROW, Role::Member));
        scopes.extend((0..OTHERS).map(|other| scope(RoomId(10 + other), Role::Member)));
    }
    let query = query(&scopes, Some(text));
    let found = RUNTIME.block_on(database.index.search(query.clone())).unwrap();
    eprintln!("{asked}: {} found", found.len());
    bencher.bench_local(|| RUNTIME.block_on(database.index.search(query.clone())).unwrap().len());
}

/// What somebody said, and in a stretch of time.
#[divan::bench(args = ["by one of 200", "in one hour"])]
fn search_without_words(bencher: Bencher<'_, '_>, asked: &str) {
    let database = Database::of(1_000_000);
    let mut query = query(&[scope(OPEN, Role::Member)], None);
    if asked.starts_with("by") {
        query.from = Nick::parse("user7").ok();
    } else {
        query.after = Some(Timestamp(1_700_003_600_000));
        query.before = Some(Timestamp(1_700_007_200_000));
    }
    bencher.bench_local(|| RUNTIME.block_on(database.index.search(query.clone())).unwrap().len());
}
