//! What one message costs at each step of its way, so that a change can be judged in a minute:
//! `cargo bench --bench micro`, or with a step's name behind it. Only `append` touches a disk, none
//! a socket.

#![allow(clippy::unwrap_used, reason = "a panic is how a benchmark fails")]

mod append;
mod decide;
mod fan_out;
mod line;
#[path = "../memory/mod.rs"]
mod memory;
mod render;
mod words;

use std::sync::Arc;

use chat_secure::clock::Timestamp;
use chat_secure::ids::{RoomId, Seq};
use chat_secure::names::{AccountName, Nick};
use chat_secure::room::{Author, Entry, Event, Said};

/// Of usual length.
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

fn entry(seq: u64, said: Said) -> Entry {
    Entry {
        room: RoomId(1),
        seq: Seq(seq),
        at: Timestamp(1_763_640_000_123),
        author: author(),
        target: "#lobby".into(),
        event: Event::Said(said),
    }
}
