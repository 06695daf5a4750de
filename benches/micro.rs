//! What one message costs in itself: reading its line, deciding, rendering, cutting it into words.
//!
//! Run by hand: `cargo bench --bench micro`. Nothing here touches a disk or a socket.

#![allow(clippy::unwrap_used, reason = "a panic is how a benchmark fails")]

use std::hint::black_box;
use std::sync::Arc;

use chat_secure::clock::Timestamp;
use chat_secure::ids::{AccountId, RoomId, Seq, UserId};
use chat_secure::names::{AccountName, Nick, RoomName};
use chat_secure::protocol::{Cap, Message};
use chat_secure::room::{Actor, Author, Entry, Event, Intent, Kind, Member, Room, Said, decide};
use chat_secure::session::render::{self, Class};
use chat_secure::store::search::words;
use divan::Bencher;

const TEXT: &str =
    "The quick brown fox jumps over the lazy dog, and nobody at all is surprised by it any more";

fn main() {
    divan::main();
}

fn author() -> Arc<Author> {
    Arc::new(Author {
        nick: Nick::parse("alice").unwrap(),
        user: "alice".into(),
        host: "alice.users".into(),
        account: Some(AccountName::parse("alice").unwrap()),
        bot: false,
    })
}

fn entry() -> Entry {
    Entry {
        room: RoomId(1),
        seq: Seq(123_456),
        at: Timestamp(1_763_640_000_123),
        author: author(),
        target: "#lobby".into(),
        event: Event::Said(Said::plain(TEXT)),
    }
}

#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    let line = format!("@label=x1;+draft/reply=abc PRIVMSG #lobby :{TEXT}");
    bencher.bench(|| Message::parse(black_box(line.as_bytes())).unwrap().params().len());
}

#[divan::bench(args = ["no capabilities", "all that form a line"])]
fn render(bencher: Bencher<'_, '_>, caps: &str) {
    let caps: &[Cap] = if caps.starts_with("no") {
        &[]
    } else {
        &[Cap::MessageTags, Cap::ServerTime, Cap::AccountTag, Cap::ExtendedJoin]
    };
    let (entry, class) = (entry(), Class::of(caps.iter().copied().collect()));
    bencher.bench(|| render::entry(black_box(&entry), class));
}

#[divan::bench(args = [10, 1000])]
fn decide_say(bencher: Bencher<'_, '_>, members: u64) {
    let mut room = Room::new(RoomId(1), Kind::Named(RoomName::parse("#lobby").unwrap()), Timestamp(0));
    room.members = (1..=members).map(|id| (UserId::Account(AccountId(id)), Member::default())).collect();
    let actor = Actor { user: UserId::Account(AccountId(1)), author: author(), real_name: "Alice".into() };
    bencher
        .with_inputs(|| Intent::Say(Said::plain(TEXT)))
        .bench_values(|intent| decide(&room, &actor, intent).unwrap());
}

#[divan::bench(args = [TEXT, "東京都に住んでいますが、来年は京都へ引っ越すつもりです。", "Crème brûlée für Łukasz"])]
fn segment(text: &str) -> String {
    words::segment(black_box(text))
}
