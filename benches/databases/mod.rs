//! Databases with so many messages and their index, always the same, made once and kept: what `history`
//! and `growth` read from. A server takes such a folder for its data directory.
//!
//! Run by hand only: a million messages take a minute and 450 MB.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chat_secure::clock::Timestamp;
use chat_secure::ids::{AccountId, RoomId, Seq};
use chat_secure::names::{AccountName, Nick, RoomName};
use chat_secure::range::Content;
use chat_secure::room::{Author, Entry, Event, Kind, Member, Role, Room, Said};
use chat_secure::store::accounts::{AccountRole, NewAccount};
use chat_secure::store::search::{Query, Scope, Words};
use chat_secure::store::sqlite::{SearchIndex, Sqlite};
use chat_secure::store::{Accounts as _, Batch, Journal as _, Reader, Search as _};

/// A page as clients ask for it.
pub(crate) const PAGE: usize = 100;
/// Entries of one commit while the database is made.
const COMMIT: u64 = 1000;
/// A room whose messages all are for everybody; half of all.
pub(crate) const OPEN: RoomId = RoomId(1);
/// A room in which one message of a thousand is for everybody, the others for operators.
pub(crate) const NARROW: RoomId = RoomId(2);
/// Other rooms, which share the rest.
const OTHERS: u64 = 50;
/// Messages are so far apart.
const APART_MS: u64 = 10;
const BEGIN_MS: u64 = 1_700_000_000_000;

/// A database of that many messages, with its index.
#[derive(Clone)]
pub(crate) struct Database {
    pub(crate) store: Sqlite,
    pub(crate) index: SearchIndex,
    /// How many messages are in [`OPEN`].
    pub(crate) open_len: u64,
}

impl Database {
    /// The one in this folder, which is made if it is not there.
    pub(crate) async fn open_or_make(folder: &Path, size: u64) -> Self {
        let is_made = folder.join("made").exists();
        if !is_made {
            drop(std::fs::remove_dir_all(folder));
            std::fs::create_dir_all(folder).unwrap();
        }
        let store = Sqlite::open(&folder.join("chat-secure.db")).await.unwrap();
        let index = SearchIndex::open(&folder.join("search.db"), &store).await.unwrap();
        if !is_made {
            make(&store, &index, size).await;
            std::fs::write(folder.join("made"), "").unwrap();
        }
        Self { store, index, open_len: size / 2 }
    }

    /// About when the message at this place of [`OPEN`] was said.
    pub(crate) fn time_of(&self, place: u64) -> Timestamp {
        time(place * 2)
    }
}

async fn make(store: &Sqlite, index: &SearchIndex, size: u64) {
    let mut made = Made::default();
    store.append(rooms(store).await).await.unwrap();
    let begun = Instant::now();
    while made.len < size {
        let entries = (0..COMMIT).map(|_| made.next()).collect();
        store.append(Batch { entries, ..Batch::default() }).await.unwrap();
    }
    eprintln!("{size} messages written: {:.0} a second", rate(size, begun));
    let begun = Instant::now();
    let following = tokio::spawn(index.clone().follow());
    let last = Query { len_max: 1, ..query(&[scope(made.last_room, Role::Operator)], None) };
    while index.search(last.clone()).await.unwrap().last().map(|e| e.seq) != Some(made.last_seq()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    following.abort();
    eprintln!("{size} messages indexed: {:.0} a second", rate(size, begun));
}

/// When this one of all messages was said.
fn time(number: u64) -> Timestamp {
    Timestamp(i64::try_from(BEGIN_MS + number * APART_MS).unwrap())
}

fn rate(size: u64, begun: Instant) -> f64 {
    Duration::from_secs(size).as_secs_f64() / begun.elapsed().as_secs_f64()
}

/// All rooms, with one account that is in all of them and stays.
async fn rooms(store: &Sqlite) -> Batch {
    let name = AccountName::parse("keeper").unwrap();
    let created_at = time(0);
    let new = NewAccount { name, email: None, password_hash: None, role: AccountRole::Member, created_at };
    let keeper = store.create_account(new, None).await.unwrap().id;
    let member = Some(Member { operator: true, ..Member::default() });
    Batch {
        rooms: all_rooms().map(|id| Arc::new(room(id, keeper, created_at))).collect(),
        members: all_rooms().map(|id| (id, keeper, member)).collect(),
        always_on: vec![(keeper, Some(true))],
        ..Batch::default()
    }
}

fn room(id: RoomId, keeper: AccountId, created_at: Timestamp) -> Room {
    let kind = Kind::Named(RoomName::parse(&format!("#room{id}")).unwrap());
    let mut room = Room::new(id, kind, created_at);
    room.settings.founder = Some(keeper);
    room
}

/// The rooms that hold messages.
pub(crate) fn all_rooms() -> impl Iterator<Item = RoomId> {
    [OPEN, NARROW].into_iter().chain((0..OTHERS).map(|other| RoomId(10 + other)))
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
            at: time(self.len),
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

/// Somebody with this role, and an account that has spoken everywhere.
pub(crate) fn reader(role: Role, content: Content) -> Reader {
    let account = AccountName::parse("user1").ok();
    Reader { role, account, ..Reader::of_all(content) }
}

/// The room with the eyes of somebody with this role.
pub(crate) fn scope(room: RoomId, role: Role) -> Scope {
    Scope { room, reader: reader(role, Content::Messages) }
}

/// The latest [`PAGE`] messages with these words.
pub(crate) fn query(scopes: &[Scope], text: Option<&str>) -> Query {
    let words = text.map(|text| Words::parse(text).unwrap());
    Query { words, from: None, after: None, before: None, scopes: scopes.to_vec(), len_max: PAGE }
}
