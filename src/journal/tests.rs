//! The writer's promises, with a store that fails on command.

mod any_sequence;
mod consistency;
mod for_account;
mod renaming;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use async_trait::async_trait;

use super::*;
use crate::clock::Timestamp;
use crate::ids::{RoomId, Seq};
use crate::names::{AccountName, Nick, RoomName};
use crate::range::Range;
use crate::room::{self, Entry, Event, Said};
use crate::store::metadata::Key;
use crate::store::{Batch, Error, Loaded, Reader};

/// Keeps entries in memory; refuses when told to.
#[derive(Default)]
struct Memory {
    refuses: AtomicBool,
    entries: Mutex<Vec<Arc<Entry>>>,
    dissolved: Mutex<Vec<RoomId>>,
    rooms: Mutex<Vec<(u64, String)>>,
}

#[async_trait]
impl store::Journal for Memory {
    async fn load(&self) -> Result<Loaded, Error> {
        Ok(Loaded::default())
    }

    async fn append(&self, batch: Batch) -> Result<(), Error> {
        if self.refuses.load(Ordering::SeqCst) {
            return Err(Error::Unavailable("told to".into()));
        }
        self.entries.lock().unwrap().extend(batch.entries);
        self.dissolved.lock().unwrap().extend(batch.dissolved);
        let named = batch.rooms.iter().filter_map(|room| Some((room.id.0, room.name()?.to_string())));
        self.rooms.lock().unwrap().extend(named);
        Ok(())
    }

    async fn said_by(
        &self,
        _: &AccountName,
        _: Timestamp,
        _: u64,
    ) -> Result<(Vec<Entry>, Option<u64>), Error> {
        Err(Error::NotFound)
    }

    async fn probe(&self) -> Result<(), Error> {
        Ok(())
    }

    async fn edits(&self, _: RoomId, _: Seq, _: usize) -> Result<Vec<room::Earlier>, Error> {
        Ok(Vec::new())
    }

    async fn read(&self, _: RoomId, _: &Reader, _: Range, _: usize) -> Result<Vec<Entry>, Error> {
        Err(Error::NotFound)
    }
}

/// A journal on such a store, with a clock to set.
struct Bench {
    store: Arc<Memory>,
    journal: Journal,
    clock: Arc<AtomicI64>,
}

struct Guest {
    session: SessionId,
    inbox: Arc<Inbox>,
}

impl Bench {
    async fn new() -> Self {
        let store = Arc::new(Memory::default());
        let clock = Arc::new(AtomicI64::new(1000));
        let rules = Rules {
            always_on: true,
            rooms_per_user_max: 3,
            rooms_max: 4,
            default_user_modes: Default::default(),
        };
        let manual = Clock::Manual(Arc::clone(&clock));
        let (journal, _) = Journal::open(Arc::clone(&store) as _, Vec::new(), rules, manual).await.unwrap();
        Self { store, journal, clock }
    }

    async fn guest(&self, number: u64, nick: &str) -> Guest {
        let guest = Guest { session: SessionId(number), inbox: Arc::default() };
        let attach = Attach {
            inbox: Arc::clone(&guest.inbox),
            account: None,
            nick: Nick::parse(nick).unwrap(),
            user: "u".into(),
            real_name: "r".into(),
            host: "h".into(),
            is_secure: false,
            absence: Absence::Present,
        };
        self.ask(&guest, Presence::Attach(attach)).await.unwrap();
        guest
    }

    async fn ask(&self, guest: &Guest, asked: impl Into<Asked>) -> Result<Outcome, Denied> {
        self.journal.submit(guest.session, 1, UserId::Guest(guest.session), asked).await
    }

    async fn in_room(&self, guest: &Guest, room: &str, intent: room::Intent) -> Result<Outcome, Denied> {
        let room = RoomName::parse(room).unwrap();
        self.ask(guest, Intent::InRoom { room, intent }).await
    }

    async fn join(&self, guest: &Guest, room: &str) -> Result<Outcome, Denied> {
        self.in_room(guest, room, room::Intent::Join { key: None }).await
    }

    async fn say(&self, guest: &Guest, room: &str, text: &str) -> Result<Outcome, Denied> {
        self.in_room(guest, room, room::Intent::Say(Said::plain(text))).await
    }

    fn places(&self) -> Vec<(u64, u64, i64)> {
        let entries = self.store.entries.lock().unwrap();
        entries.iter().map(|entry| (entry.room.0, entry.seq.0, entry.at.0)).collect()
    }
}

impl Guest {
    /// What it was shown, in short.
    fn shown(&self) -> Vec<String> {
        let mut shown = Vec::new();
        for delivery in self.inbox.drain().deliveries {
            let Delivery::Chunk(chunk) = delivery else { continue };
            for item in chunk.items() {
                shown.push(match &item.news {
                    News::Entry(entry) => match &entry.event {
                        Event::Said(said) => format!("{}: {}", entry.author.nick, said.text),
                        Event::Joined { .. } => format!("{} joined", entry.author.nick),
                        Event::Kicked { nick, .. } => format!("{nick} was kicked"),
                        other @ (Event::Edited(_)
                        | Event::Redacted(_)
                        | Event::Parted { .. }
                        | Event::Quit { .. }
                        | Event::Invited { .. }
                        | Event::TopicSet { .. }
                        | Event::ModesChanged { .. }
                        | Event::NickChanged { .. }
                        | Event::Renamed { .. }) => format!("{other:?}"),
                    },
                    News::Signal(Signal::Quit { author, .. }) => format!("{} quit", author.nick),
                    News::Signal(Signal::NickChanged { nick, .. }) => format!("now {nick}"),
                    News::Signal(Signal::Online { author }) => format!("+{}", author.nick),
                    News::Signal(Signal::Offline { nick }) => format!("-{nick}"),
                    News::Signal(Signal::Metadata { target, key, value }) => {
                        format!("{target} {key} {}", value.as_deref().unwrap_or("-"))
                    }
                    News::Signal(other) => format!("{other:?}"),
                    News::Watched(Signal::Away { author, .. }) => format!("away {}", author.nick),
                    News::Watched(other) => format!("watched {other:?}"),
                });
            }
        }
        shown
    }
}

#[tokio::test]
async fn everybody_sees_the_same_in_the_same_order() {
    let bench = Bench::new().await;
    let (a, b) = (bench.guest(1, "ann").await, bench.guest(2, "ben").await);
    bench.join(&a, "#r").await.unwrap();
    bench.join(&b, "#r").await.unwrap();
    bench.say(&a, "#r", "one").await.unwrap();
    bench.say(&b, "#r", "two").await.unwrap();
    assert_eq!(a.shown(), ["ann joined", "ben joined", "ann: one", "ben: two"]);
    assert_eq!(b.shown(), ["ben joined", "ann: one", "ben: two"]);
}

#[tokio::test]
async fn what_the_store_refuses_is_seen_by_nobody_and_leaves_no_gap() {
    let bench = Bench::new().await;
    let (a, b) = (bench.guest(1, "ann").await, bench.guest(2, "ben").await);
    bench.join(&a, "#r").await.unwrap();
    bench.join(&b, "#r").await.unwrap();
    drop((a.shown(), b.shown()));
    bench.store.refuses.store(true, Ordering::SeqCst);
    assert_eq!(bench.say(&a, "#r", "lost").await.unwrap_err(), Denied::Unavailable);
    assert_eq!(bench.join(&b, "#new").await.unwrap_err(), Denied::Unavailable);
    assert!(a.shown().is_empty() && b.shown().is_empty());
    assert!(bench.journal.directory().room(&RoomName::parse("#new").unwrap()).is_none());
    bench.store.refuses.store(false, Ordering::SeqCst);
    bench.say(&a, "#r", "kept").await.unwrap();
    assert_eq!(b.shown(), ["ann: kept"]);
    let seqs: Vec<u64> = bench.places().iter().map(|(_, seq, _)| *seq).collect();
    assert_eq!(seqs, [1, 2, 3]);
}

#[tokio::test]
async fn sessions_come_and_go_while_the_store_refuses() {
    let bench = Bench::new().await;
    let (a, b) = (bench.guest(1, "ann").await, bench.guest(2, "ben").await);
    bench.join(&a, "#r").await.unwrap();
    bench.join(&b, "#r").await.unwrap();
    drop(b.shown());
    bench.store.refuses.store(true, Ordering::SeqCst);
    bench.ask(&a, Presence::Detach { reason: "bye".into() }).await.unwrap();
    assert_eq!(b.shown(), ["ann quit"]);
    let c = bench.guest(3, "ann").await;
    assert_eq!(bench.join(&c, "#r").await.unwrap_err(), Denied::Unavailable);
    bench.store.refuses.store(false, Ordering::SeqCst);
    bench.join(&c, "#r").await.unwrap();
    assert_eq!(b.shown(), ["ann joined"]);
}

#[tokio::test]
async fn time_never_runs_backwards_in_the_journal() {
    let bench = Bench::new().await;
    let a = bench.guest(1, "ann").await;
    bench.join(&a, "#r").await.unwrap();
    bench.clock.store(5000, Ordering::Relaxed);
    bench.say(&a, "#r", "one").await.unwrap();
    bench.clock.store(10, Ordering::Relaxed);
    bench.say(&a, "#r", "two").await.unwrap();
    assert_eq!(bench.places(), [(1, 1, 1000), (1, 2, 5000), (1, 3, 5000)]);
}

#[tokio::test]
async fn a_nick_belongs_to_one_user() {
    let bench = Bench::new().await;
    let a = bench.guest(1, "ann").await;
    let b = bench.guest(2, "ben").await;
    let taken = Nick::parse("ANN").unwrap();
    assert!(matches!(bench.ask(&b, Intent::ChangeNick(taken)).await, Err(Denied::NickInUse(_))));
    bench.ask(&a, Intent::ChangeNick(Nick::parse("Ann").unwrap())).await.unwrap();
    assert_eq!(a.shown(), ["now Ann"]);
    bench.ask(&a, Presence::Detach { reason: String::new() }).await.unwrap();
    bench.ask(&b, Intent::ChangeNick(Nick::parse("ann").unwrap())).await.unwrap();
}

#[tokio::test]
async fn who_was_kicked_hears_that_and_nothing_after() {
    let bench = Bench::new().await;
    let (a, b) = (bench.guest(1, "ann").await, bench.guest(2, "ben").await);
    bench.join(&a, "#r").await.unwrap();
    bench.join(&b, "#r").await.unwrap();
    drop(b.shown());
    let nick = Nick::parse("ben").unwrap();
    let kick = room::Intent::Kick { user: UserId::Guest(b.session), nick, reason: "x".into() };
    assert_eq!(bench.in_room(&b, "#r", kick.clone()).await.unwrap_err(), Denied::NotOperator);
    bench.in_room(&a, "#r", kick).await.unwrap();
    bench.say(&a, "#r", "after").await.unwrap();
    assert_eq!(b.shown(), ["ben was kicked"]);
}

#[tokio::test]
async fn a_room_of_guests_ends_with_the_last_and_its_name_is_free() {
    let bench = Bench::new().await;
    let a = bench.guest(1, "ann").await;
    bench.join(&a, "#r").await.unwrap();
    bench.in_room(&a, "#r", room::Intent::Part { reason: String::new() }).await.unwrap();
    assert_eq!(*bench.store.dissolved.lock().unwrap(), [RoomId(1)]);
    bench.join(&a, "#r").await.unwrap();
    assert_eq!(bench.places(), [(1, 1, 1000), (1, 2, 1000), (2, 1, 1000)]);
}

#[tokio::test]
async fn rooms_per_user_have_a_limit() {
    let bench = Bench::new().await;
    let a = bench.guest(1, "ann").await;
    for room in ["#1", "#2", "#3"] {
        bench.join(&a, room).await.unwrap();
    }
    assert_eq!(bench.join(&a, "#4").await.unwrap_err(), Denied::TooManyRooms);
    assert!(matches!(bench.join(&a, "#3").await, Ok(Outcome::Unchanged)));
}

#[tokio::test]
async fn rooms_have_a_limit_in_all() {
    let bench = Bench::new().await;
    let (a, b) = (bench.guest(1, "ann").await, bench.guest(2, "ben").await);
    for room in ["#1", "#2", "#3"] {
        bench.join(&a, room).await.unwrap();
    }
    bench.join(&b, "#4").await.unwrap();
    assert_eq!(bench.join(&b, "#5").await.unwrap_err(), Denied::NoMoreRooms);
    bench.join(&b, "#1").await.unwrap();
    bench.in_room(&a, "#3", room::Intent::Part { reason: String::new() }).await.unwrap();
    bench.join(&b, "#5").await.unwrap();
}

#[tokio::test]
async fn a_message_in_passing_is_shown_and_not_kept() {
    let bench = Bench::new().await;
    let (a, b) = (bench.guest(1, "ann").await, bench.guest(2, "ben").await);
    let typing = Said { speech: crate::room::Speech::Tags, tags: "+typing=active".into(), ..Said::plain("") };
    let to_ben = Intent::Say { user: UserId::Guest(b.session), said: typing };
    assert!(matches!(bench.ask(&a, to_ben).await, Ok(Outcome::Changed)));
    assert_eq!(b.shown().len(), 1);
    assert!(bench.places().is_empty());
    let text = Intent::Say { user: UserId::Guest(b.session), said: Said::plain("hi") };
    assert!(matches!(bench.ask(&a, text).await, Ok(Outcome::Entered { at: Timestamp(1000), .. })));
}

#[tokio::test]
async fn who_is_removed_is_called_by_the_present_nick() {
    let bench = Bench::new().await;
    let (a, b) = (bench.guest(1, "ann").await, bench.guest(2, "ben").await);
    bench.join(&a, "#r").await.unwrap();
    bench.join(&b, "#r").await.unwrap();
    let looked_up = Nick::parse("ben").unwrap();
    bench.ask(&b, Intent::ChangeNick(Nick::parse("benno").unwrap())).await.unwrap();
    let user = UserId::Guest(b.session);
    let kick = room::Intent::Kick { user, nick: looked_up, reason: "r".into() };
    bench.in_room(&a, "#r", kick).await.unwrap();
    assert_eq!(a.shown().last().unwrap(), "benno was kicked");
    assert_eq!(b.shown().last().unwrap(), "benno was kicked");
}

fn nick(text: &str) -> Nick {
    Nick::parse(text).unwrap()
}

/// What the answer to watching says: `+nick` and `-nick`.
fn seen(outcome: Result<Outcome, Denied>) -> Vec<String> {
    let Ok(Outcome::Watching(seen)) = outcome else { panic!("{outcome:?}") };
    let seen = seen.into_iter().map(|(nick, author)| match author {
        Some(author) => format!("+{}", author.nick),
        None => format!("-{nick}"),
    });
    seen.collect()
}

#[tokio::test]
async fn watching_begins_with_what_is_so_and_goes_on_with_each_change() {
    let bench = Bench::new().await;
    let (a, b) = (bench.guest(1, "ann").await, bench.guest(2, "ben").await);
    let watch = Presence::Watch(vec![nick("BEN"), nick("cid")]);
    assert_eq!(seen(bench.ask(&a, watch.clone()).await), ["+ben", "-cid"]);
    bench.ask(&b, Intent::ChangeNick(nick("Ben"))).await.unwrap();
    assert!(a.shown().is_empty());
    bench.ask(&b, Intent::ChangeNick(nick("cid"))).await.unwrap();
    assert_eq!(a.shown(), ["-Ben", "+cid"]);
    bench.ask(&b, Intent::SetAway(Absence::Away("x".into()))).await.unwrap();
    assert_eq!(a.shown(), ["away cid"]);
    bench.store.refuses.store(true, Ordering::SeqCst);
    bench.join(&a, "#r").await.unwrap_err();
    bench.ask(&b, Presence::Detach { reason: String::new() }).await.unwrap();
    assert_eq!(a.shown(), ["-cid"]);
    assert_eq!(seen(bench.ask(&a, watch).await), ["-BEN", "-cid"], "the store is not needed");
    bench.ask(&a, Presence::Unwatch(Some(vec![nick("ben")]))).await.unwrap();
    let (_b, c) = (bench.guest(3, "ben").await, bench.guest(4, "cid").await);
    assert_eq!(a.shown(), ["+cid"]);
    bench.ask(&a, Presence::Detach { reason: String::new() }).await.unwrap();
    bench.ask(&c, Presence::Detach { reason: String::new() }).await.unwrap();
    assert!(a.shown().is_empty(), "who is gone watches nobody");
    assert_eq!(bench.ask(&a, Presence::Watch(Vec::new())).await.unwrap_err(), Denied::NotConnected);
}

#[tokio::test]
async fn metadata_is_stored_before_it_is_seen_and_all_of_it_or_nothing() {
    let bench = Bench::new().await;
    let (a, b) = (bench.guest(1, "ann").await, bench.guest(2, "ben").await);
    bench.ask(&b, Presence::Watch(vec![nick("ann")])).await.unwrap();
    for guest in [&a, &b] {
        bench.join(guest, "#r").await.unwrap();
    }
    drop(b.shown());
    let set = |room: Option<&str>, keys: std::ops::Range<usize>| Intent::SetMetadata {
        room: room.map(|name| RoomName::parse(name).unwrap()),
        changes: keys.map(|n| (Key::parse(&format!("k{n}")).unwrap(), Some("v".into()))).collect(),
    };
    bench.ask(&a, set(None, 0..1)).await.unwrap();
    assert_eq!(b.shown(), ["ann k0 v"], "once, though he watches her in a room");
    assert!(matches!(bench.ask(&a, set(None, 0..1)).await, Ok(Outcome::Unchanged)));
    let max = limits::METADATA_KEYS_MAX;
    assert_eq!(bench.ask(&a, set(None, 0..max + 1)).await.unwrap_err(), Denied::TooManyKeys);
    assert_eq!(bench.ask(&b, set(Some("#r"), 0..1)).await.unwrap_err(), Denied::NotOperator);
    assert_eq!(bench.ask(&b, set(Some("#none"), 0..1)).await.unwrap_err(), Denied::NoSuchRoom);
    bench.store.refuses.store(true, Ordering::SeqCst);
    assert_eq!(bench.ask(&a, set(Some("#r"), 0..1)).await.unwrap_err(), Denied::Unavailable);
    assert!(b.shown().is_empty());
    bench.store.refuses.store(false, Ordering::SeqCst);
    bench.ask(&a, set(Some("#r"), 0..2)).await.unwrap();
    assert_eq!(b.shown(), ["#r k0 v", "#r k1 v"]);
    let world = || bench.journal.directory().read();
    assert_eq!(world().metadata.len(), 2);
    for guest in [a, b] {
        bench.ask(&guest, Presence::Detach { reason: String::new() }).await.unwrap();
    }
    assert!(world().metadata.is_empty(), "with the guest, and with the room");
}
