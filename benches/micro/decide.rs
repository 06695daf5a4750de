//! Whether a message may be said.

use chat_secure::clock::Timestamp;
use chat_secure::ids::{AccountId, RoomId, UserId};
use chat_secure::names::RoomName;
use chat_secure::room::{Actor, Intent, Kind, Member, Room, Said, decide};
use divan::Bencher;

use crate::{TEXT, author};

#[divan::bench(args = [10, 1000])]
fn decide_say(bencher: Bencher<'_, '_>, members: u64) {
    let mut room = Room::new(RoomId(1), Kind::Named(RoomName::parse("#lobby").unwrap()), Timestamp(0));
    room.members = (1..=members).map(|id| (UserId::Account(AccountId(id)), Member::default())).collect();
    let actor = Actor { user: UserId::Account(AccountId(1)), author: author(), real_name: "Alice".into() };
    bencher
        .with_inputs(|| Intent::Say(Said::plain(TEXT)))
        .bench_values(|intent| decide(&room, &actor, intent).unwrap());
}
