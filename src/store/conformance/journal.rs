//! The journal's side.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::clock::Timestamp;
use crate::ids::{AccountId, RoomId, Seq, SessionId, UserId};
use crate::names::{Nick, RoomName};
use crate::range::{Content, Point, Range};
use crate::room::{
    Author, Earlier, Edited, Entry, Event, Flag, Kind, Member, ModeChange, Party, Redacted, Role, Said,
    Speech, Topic,
};
use crate::store::{Accounts, Batch, Error, Head, Journal, Renaming};

use super::{NOBODY, account, entry, joined, model, room, said};

const ROOM: RoomId = RoomId(1);

async fn all(store: &impl Journal, room: u64) -> Vec<Entry> {
    let range = Range::Latest(None);
    store.range(RoomId(room), Seq(0), range, Content::Events, 10_000).await.unwrap()
}

fn entries(entries: Vec<Arc<Entry>>) -> Batch {
    Batch { entries, ..Batch::default() }
}

pub(crate) async fn an_empty_store_starts_from_nothing(store: &impl Journal) {
    let loaded = store.load().await.unwrap();
    assert!(loaded.rooms.is_empty());
    assert_eq!((loaded.last_room, loaded.last_at), (RoomId(0), Timestamp(0)));
    assert!(all(store, 1).await.is_empty());
    store.append(Batch::default()).await.unwrap();
}

pub(crate) async fn what_was_appended_is_read_back_as_it_was(store: &impl Journal) {
    let (nick, reason) = (Nick::parse("[bob]").unwrap(), String::from("grüße 🦀"));
    let user = UserId::Guest(SessionId(3));
    let original = Earlier { seq: Seq(1), at: Timestamp(100) };
    let said = |speech, text: &str, tags: &str, audience| {
        Event::Said(Said { speech, tags: tags.into(), audience, ..Said::plain(text) })
    };
    let events = [
        said(Speech::Message, "Hello, world!", "+a=b;+c", Role::Member),
        said(Speech::Notice, &"x".repeat(400), "", Role::Operator),
        said(Speech::Message, "\"\\ \0\u{1}\u{1f}\u{7f}\t\u{2028} [1,\"x\"]", "", Role::Member),
        said(Speech::Tags, "", "+draft/react=:)", Role::Voice),
        Event::Joined { real_name: "Bob's name".into() },
        Event::Parted { reason: reason.clone() },
        Event::Quit { reason: String::new() },
        Event::Kicked { user, nick: nick.clone(), reason },
        Event::Invited { user: UserId::Account(AccountId(1)), nick: nick.clone() },
        Event::TopicSet { topic: String::new() },
        Event::ModesChanged { changes: vec![ModeChange::Flag { flag: Flag::Secret, on: true }] },
        Event::NickChanged { nick: nick.clone() },
        Event::Said(Said { seams: vec![4], ..Said::plain("one\ntwo") }),
        Event::Edited(Edited { original, speech: Speech::Notice, audience: Role::Voice, text: "new".into() }),
        Event::Redacted(Redacted {
            message: Earlier { seq: Seq(999), at: Timestamp(1) },
            edits: vec![original],
            audience: Role::Member,
            reason: "x".into(),
        }),
    ];
    let guest = Author { nick, user: "~b".into(), host: "h.example".into(), account: None, bot: true };
    let written: Vec<Arc<Entry>> = (1..)
        .zip(events)
        .map(|(seq, event)| {
            let entry = entry(1, seq, 100, event);
            let author = if seq % 2 == 0 { Arc::new(guest.clone()) } else { Arc::clone(&entry.author) };
            Arc::new(Entry { author, target: "Bob".into(), ..(*entry).clone() })
        })
        .collect();
    store.append(entries(written.clone())).await.unwrap();
    let read = all(store, 1).await;
    assert_eq!(read.iter().collect::<Vec<_>>(), written.iter().map(AsRef::as_ref).collect::<Vec<_>>());
}

pub(crate) async fn a_batch_with_a_taken_place_is_refused_as_a_whole(store: &impl Journal) {
    store.append(entries(vec![said(1, 1, 10)])).await.unwrap();
    let batch =
        Batch { rooms: vec![Arc::new(room(2, "#two"))], ..entries(vec![said(2, 1, 10), said(1, 1, 11)]) };
    assert!(matches!(store.append(batch).await, Err(Error::Conflict)));
    assert!(all(store, 2).await.is_empty());
    assert!(store.load().await.unwrap().rooms.is_empty());
    assert_eq!(all(store, 1).await, [(*said(1, 1, 10)).clone()]);
    store.append(entries(vec![said(1, 2, 12)])).await.unwrap();
    assert_eq!(all(store, 1).await.len(), 2);
}

pub(crate) async fn rooms_members_and_heads_are_loaded_again(store: &(impl Journal + Accounts)) {
    let (alice, bob) = (account(store, "alice").await.id, account(store, "bob").await.id);
    let mut lobby = room(1, "#Lobby");
    lobby.settings.founder = Some(alice);
    lobby.settings.key = Some("k".into());
    lobby.settings.topic = Some(Topic { text: "t".into(), setter: "a!b@c".into(), at: Timestamp(6) });
    lobby.settings.invited = vec![UserId::Guest(SessionId(1))];
    lobby.members.insert(UserId::Account(alice), Member { founder: false, operator: true, voice: false });
    // A guest's membership is not stored.
    lobby.members.insert(UserId::Guest(SessionId(1)), Member::default());
    let parties = (Party::Guest("g".into()), Party::Account(bob));
    let direct = crate::room::Room::new(RoomId(7), Kind::direct(parties.0, parties.1), Timestamp(8));
    let quiet = room(3, "#quiet");
    let batch = Batch {
        entries: vec![said(1, 1, 10), said(7, 1, 12), joined(1, 2, 11), joined(1, 3, 13)],
        rooms: vec![Arc::new(lobby.clone()), Arc::new(direct.clone()), Arc::new(quiet.clone())],
        members: vec![
            (RoomId(1), alice, Some(Member { founder: false, operator: true, voice: false })),
            (RoomId(1), bob, Some(Member::default())),
        ],
        ..Batch::default()
    };
    store.append(batch).await.unwrap();
    let batch = Batch {
        members: vec![
            (RoomId(1), bob, None),
            (RoomId(1), alice, Some(Member { founder: false, operator: true, voice: true })),
        ],
        ..Batch::default()
    };
    store.append(batch).await.unwrap();

    let loaded = store.load().await.unwrap();
    lobby.members.clear();
    lobby.members.insert(UserId::Account(alice), Member { founder: false, operator: true, voice: true });
    let head = |seq, at, message_at: Option<i64>| Head {
        seq: Seq(seq),
        at: Timestamp(at),
        message_at: message_at.map(Timestamp),
    };
    let expected =
        [(lobby, head(3, 13, Some(10))), (quiet, head(0, 0, None)), (direct, head(1, 12, Some(12)))];
    assert_eq!(loaded.rooms, expected);
    assert_eq!((loaded.last_room, loaded.last_at), (RoomId(7), Timestamp(13)));
}

pub(crate) async fn a_dissolved_room_frees_its_name_and_not_its_number(store: &impl Journal) {
    let first = Batch { rooms: vec![Arc::new(room(9, "#a"))], ..entries(vec![said(9, 1, 70)]) };
    store.append(first).await.unwrap();
    let batch =
        Batch { dissolved: vec![RoomId(9)], rooms: vec![Arc::new(room(10, "#A"))], ..Batch::default() };
    store.append(batch).await.unwrap();
    let loaded = store.load().await.unwrap();
    assert_eq!(loaded.rooms.len(), 1);
    assert_eq!(loaded.rooms[0].0.id, RoomId(10));
    assert_eq!(all(store, 9).await.len(), 1);
    store.append(Batch { dissolved: vec![RoomId(10)], ..Batch::default() }).await.unwrap();
    let loaded = store.load().await.unwrap();
    assert!(loaded.rooms.is_empty());
    assert_eq!((loaded.last_room, loaded.last_at), (RoomId(10), Timestamp(70)));
}

pub(crate) async fn a_room_made_and_dissolved_in_one_batch_leaves_nothing(store: &(impl Journal + Accounts)) {
    let alice = account(store, "alice").await.id;
    let batch = Batch {
        rooms: vec![Arc::new(room(4, "#a"))],
        dissolved: vec![RoomId(4)],
        members: vec![(RoomId(4), alice, Some(Member::default()))],
        ..entries(vec![joined(4, 1, 10)])
    };
    store.append(batch).await.unwrap();
    let loaded = store.load().await.unwrap();
    assert!(loaded.rooms.is_empty());
    assert_eq!(loaded.last_room, RoomId(4));
}

pub(crate) async fn two_rooms_of_one_name_are_refused(store: &impl Journal) {
    let rooms = vec![Arc::new(room(1, "#a")), Arc::new(room(2, "#A"))];
    let batch = Batch { rooms, ..Batch::default() };
    assert!(matches!(store.append(batch).await, Err(Error::Conflict)));
}

pub(crate) async fn names_change_hands_in_one_batch(store: &(impl Journal + Accounts)) {
    let alice = account(store, "alice").await.id;
    let member = vec![(RoomId(1), alice, Some(Member::default()))];
    let rooms = vec![Arc::new(room(1, "#a")), Arc::new(room(2, "#b"))];
    store.append(Batch { rooms, members: member, ..Batch::default() }).await.unwrap();
    for (target, at) in [("#a", 10), ("#b", 99)] {
        store.advance_read_marker(alice, target, Timestamp(at)).await.unwrap();
    }
    let renaming = |id: u64, from: &str, to: &str| Renaming {
        room: RoomId(id),
        from: RoomName::parse(from).unwrap(),
        to: RoomName::parse(to).unwrap(),
    };
    let renamed = vec![renaming(2, "#b", "#c"), renaming(1, "#A", "#B")];
    let rooms = vec![Arc::new(room(3, "#a")), Arc::new(room(1, "#B")), Arc::new(room(2, "#c"))];
    store.append(Batch { rooms, renamed, ..Batch::default() }).await.unwrap();
    let loaded = store.load().await.unwrap();
    let names: Vec<_> = loaded.rooms.iter().map(|(room, _)| room.name().unwrap().as_str()).collect();
    assert_eq!(names, ["#B", "#c", "#a"]);
    assert_eq!(store.read_marker(alice, "#b").await.unwrap(), Some(Timestamp(10)), "goes along");
    for none in ["#a", "#c"] {
        assert_eq!(store.read_marker(alice, none).await.unwrap(), None, "{none}: alice is not in it");
    }
    let again = Batch { rooms: vec![Arc::new(room(4, "#b"))], ..Batch::default() };
    assert!(matches!(store.append(again).await, Err(Error::Conflict)), "the new name is taken");
}

pub(crate) async fn members_of_deleted_accounts_do_not_fail_the_batch(store: &(impl Journal + Accounts)) {
    let alice = account(store, "alice").await.id;
    store.delete_account(alice).await.unwrap();
    let batch = Batch {
        rooms: vec![Arc::new(room(1, "#a"))],
        members: vec![(ROOM, alice, Some(Member::default()))],
        nicks: vec![(alice, Nick::parse("al").unwrap())],
        ..entries(vec![joined(1, 1, 10)])
    };
    store.append(batch).await.unwrap();
    assert!(store.load().await.unwrap().rooms[0].0.members.is_empty());
}

pub(crate) async fn a_nick_is_remembered(store: &(impl Journal + Accounts)) {
    let alice = account(store, "alice").await;
    let nick = Nick::parse("Ally").unwrap();
    store.append(Batch { nicks: vec![(alice.id, nick.clone())], ..Batch::default() }).await.unwrap();
    let read = store.account(&alice.name).await.unwrap();
    assert_eq!(read.nick.as_str(), nick.as_str());
}

pub(crate) async fn the_modes_of_accounts_are_remembered(store: &(impl Journal + Accounts)) {
    let alice = account(store, "alice").await;
    for modes in ["Ri", "w"] {
        let modes = vec![(alice.id, modes.to_owned()), (NOBODY, "i".to_owned())];
        store.append(Batch { modes, ..Batch::default() }).await.unwrap();
    }
    assert_eq!(store.load().await.unwrap().modes, [(alice.id, "w".to_owned())]);
    store.delete_account(alice.id).await.unwrap();
    assert!(store.load().await.unwrap().modes.is_empty());
}

pub(crate) async fn a_batch_of_a_thousand_is_written_whole(store: &impl Journal) {
    let written: Vec<_> = (1..=1024).map(|seq| said(1, seq, 10)).collect();
    store.append(entries(written)).await.unwrap();
    let read = all(store, 1).await;
    assert!((1..=1024).eq(read.iter().map(|entry| entry.seq.0)));
}

/// The wire's rules by example; 1…9 are messages at 10, 20 … 90, the even ones joins.
pub(crate) async fn ranges_are_those_of_the_table(store: &impl Journal) {
    let written = (1..=9).map(|seq: u64| {
        let at = i64::try_from(seq).unwrap() * 10;
        if seq.is_multiple_of(2) { joined(1, seq, at) } else { said(1, seq, at) }
    });
    store.append(entries(written.collect())).await.unwrap();
    let (s, t) = (|n| Point::Seq(Seq(n)), |n| Point::Time(Timestamp(n)));
    let (events, messages) = (Content::Events, Content::Messages);
    let table: Vec<(Range, Content, usize, u64, Vec<u64>)> = vec![
        (Range::Latest(None), events, 3, 0, vec![7, 8, 9]),
        (Range::Latest(None), messages, 3, 0, vec![5, 7, 9]),
        (Range::Latest(None), events, 9, 7, vec![8, 9]),
        (Range::Latest(None), events, 0, 0, vec![]),
        (Range::Latest(Some(s(7))), events, 3, 0, vec![8, 9]),
        (Range::Latest(Some(t(70))), events, 1, 0, vec![9]),
        (Range::Before(s(5)), events, 2, 0, vec![3, 4]),
        (Range::Before(t(50)), messages, 2, 0, vec![1, 3]),
        (Range::Before(t(51)), events, 2, 0, vec![4, 5]),
        (Range::Before(s(5)), events, 9, 3, vec![4]),
        (Range::After(s(5)), events, 2, 0, vec![6, 7]),
        (Range::After(t(50)), events, 2, 0, vec![6, 7]),
        (Range::After(t(49)), messages, 2, 0, vec![5, 7]),
        (Range::After(s(1)), events, 2, 6, vec![7, 8]),
        (Range::Between(s(2), s(8)), events, 2, 0, vec![3, 4]),
        (Range::Between(s(8), s(2)), events, 2, 0, vec![6, 7]),
        (Range::Between(t(20), t(80)), messages, 2, 0, vec![3, 5]),
        (Range::Between(t(80), s(2)), events, 2, 0, vec![6, 7]),
        (Range::Between(s(2), s(2)), events, 2, 0, vec![]),
        (Range::Between(s(8), s(2)), events, 9, 5, vec![6, 7]),
        (Range::Around(s(5)), events, 1, 0, vec![5]),
        (Range::Around(s(5)), events, 3, 0, vec![4, 5, 6]),
        (Range::Around(t(50)), events, 3, 0, vec![4, 5, 6]),
        (Range::Around(s(5)), messages, 3, 0, vec![3, 5, 7]),
        (Range::Around(s(9)), events, 4, 0, vec![7, 8, 9]),
        (Range::Around(s(2)), events, 3, 4, vec![5, 6]),
        (Range::Latest(Some(Point::Time(Timestamp::MAX))), events, 3, 0, vec![]),
        (Range::After(t(0)), events, 1, 0, vec![1]),
        (Range::Before(t(0)), events, 1, 0, vec![]),
    ];
    for (range, content, len_max, floor, expected) in table {
        let read = store.range(ROOM, Seq(floor), range, content, len_max).await.unwrap();
        let seqs: Vec<u64> = read.iter().map(|entry| entry.seq.0).collect();
        assert_eq!(seqs, expected, "{range:?} {content:?} {len_max} {floor}");
    }
}

pub(crate) async fn a_range_may_name_entries_that_are_there(store: &impl Journal) {
    store
        .append(entries(vec![said(1, 1, 10), joined(1, 2, 20), said(1, 3, 20), said(2, 1, 30)]))
        .await
        .unwrap();
    let named = |seq, at| Point::Entry(Seq(seq), Timestamp(at));
    let read = |range| store.range(RoomId(1), Seq(0), range, Content::Messages, 9);
    for (range, expected) in [
        (Range::Before(named(3, 20)), &[1][..]),
        (Range::After(named(2, 20)), &[3]),
        (Range::Around(named(3, 20)), &[1, 3]),
        (Range::Latest(Some(named(1, 10))), &[3]),
        (Range::Between(named(1, 10), named(3, 20)), &[]),
    ] {
        let seqs: Vec<u64> = read(range).await.unwrap().iter().map(|entry| entry.seq.0).collect();
        assert_eq!(seqs, expected, "{range:?}");
    }
    for missing in [named(1, 30), named(2, 10), named(4, 20)] {
        for range in [Range::Before(missing), Range::Around(missing), Range::Between(named(1, 10), missing)] {
            assert!(matches!(read(range).await, Err(Error::NotFound)), "{range:?}");
        }
    }
}

pub(crate) async fn ranges_agree_with_the_model(store: &impl Journal) {
    let mut runner = TestRunner::deterministic();
    for room in 1..=6 {
        // Steps of 0 make entries of the same millisecond.
        let steps = prop::collection::vec((0..3_i64, any::<bool>()), 0..40);
        let steps = steps.new_tree(&mut runner).unwrap().current();
        let mut at = 100;
        let written: Vec<Arc<Entry>> = (1..)
            .zip(steps)
            .map(|(seq, (step, message))| {
                at += step;
                if message { said(room, seq, at) } else { joined(room, seq, at) }
            })
            .collect();
        store.append(entries(written.clone())).await.unwrap();
        for _ in 0..150 {
            let (range, content, floor, len_max) = question().new_tree(&mut runner).unwrap().current();
            let read = store.range(RoomId(room), floor, range, content, len_max).await.unwrap();
            let expected = model::range(&written, floor, range, content, len_max);
            assert_eq!(read, expected, "{range:?} {content:?} {floor:?} {len_max} of {written:?}");
        }
    }
}

fn question() -> impl Strategy<Value = (Range, Content, Seq, usize)> {
    let point = || {
        prop_oneof![
            (0..45_u64).prop_map(|seq| Point::Seq(Seq(seq))),
            (95..150_i64).prop_map(|at| Point::Time(Timestamp(at))),
        ]
    };
    let range = prop_oneof![
        Just(Range::Latest(None)),
        point().prop_map(|point| Range::Latest(Some(point))),
        point().prop_map(Range::Before),
        point().prop_map(Range::After),
        point().prop_map(Range::Around),
        (point(), point()).prop_map(|(one, other)| Range::Between(one, other)),
    ];
    let content = prop_oneof![Just(Content::Messages), Just(Content::Events)];
    (range, content, (0..20_u64).prop_map(Seq), 0..12_usize)
}
