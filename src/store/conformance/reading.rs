//! Whose eyes history is read with: a page holds what its reader is shown, and is full of it.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::clock::Timestamp;
use crate::ids::{RoomId, Seq};
use crate::range::{Content, Point, Range};
use crate::room::{Entry, Event, Role, Said, Speech};
use crate::store::{Batch, Journal, Reader};

use super::{author, entry, joined, model, name};

const ROOM: RoomId = RoomId(1);
const ROLES: [Role; 3] = [Role::Member, Role::Voice, Role::Operator];

fn spoken(room: u64, seq: u64, at: i64, nick: &str, speech: Speech, audience: Role) -> Arc<Entry> {
    let text = if speech == Speech::Tags { "" } else { "words" };
    let said = Said { speech, audience, ..Said::plain(text) };
    let entry = entry(room, seq, at, Event::Said(said));
    Arc::new(Entry { author: author(nick), ..(*entry).clone() })
}

async fn append(store: &impl Journal, entries: Vec<Arc<Entry>>) {
    store.append(Batch { entries, ..Batch::default() }).await.unwrap();
}

fn seqs(page: &[Entry]) -> Vec<u64> {
    page.iter().map(|entry| entry.seq.0).collect()
}

/// A thousand words for operators, and one for all at each end of them.
pub(crate) async fn pages_are_full_of_what_the_reader_is_shown(store: &impl Journal) {
    let written = (1..=1000).map(|seq| {
        let audience = if seq == 1 || seq == 1000 { Role::Member } else { Role::Operator };
        spoken(1, seq, 10, "alice", Speech::Message, audience)
    });
    append(store, written.collect()).await;
    for content in [Content::Messages, Content::Events] {
        let member = Reader { role: Role::Member, ..Reader::of_all(content) };
        for range in
            [Range::Latest(None), Range::Before(Point::Seq(Seq(1001))), Range::After(Point::Seq(Seq(0)))]
        {
            let page = store.read(ROOM, &member, range, 2).await.unwrap();
            assert_eq!(seqs(&page), [1, 1000], "{range:?} {content:?}");
        }
        let around = store.read(ROOM, &member, Range::Around(Point::Seq(Seq(500))), 2).await.unwrap();
        assert_eq!(seqs(&around), [1, 1000], "{content:?}");
    }
}

/// Places 1…3 are messages for members, voices and operators, 4…6 tags alone, 7 a join; all of
/// alice, at 10, 20 … 70.
pub(crate) async fn who_is_shown_what_is_as_in_the_table(store: &impl Journal) {
    let speech = |seq: u64| if seq < 4 { Speech::Message } else { Speech::Tags };
    let mut written: Vec<_> = (1..=6)
        .map(|seq| {
            let audience = ROLES[usize::try_from((seq - 1) % 3).unwrap()];
            spoken(1, seq, i64::try_from(seq).unwrap() * 10, "alice", speech(seq), audience)
        })
        .collect();
    written.push(joined(1, 7, 70));
    append(store, written).await;
    let (messages, events) = (Content::Messages, Content::Events);
    let all = |content| Reader::of_all(content);
    let table: Vec<(Reader, &[u64])> = vec![
        (all(messages), &[1, 2, 3]),
        (all(events), &[1, 2, 3, 4, 5, 6, 7]),
        (Reader { tags: false, ..all(events) }, &[1, 2, 3, 7]),
        (Reader { role: Role::Member, ..all(messages) }, &[1]),
        (Reader { role: Role::Voice, ..all(messages) }, &[1, 2]),
        (Reader { role: Role::Member, ..all(events) }, &[1, 4, 7]),
        (Reader { role: Role::Voice, ..all(events) }, &[1, 2, 4, 5, 7]),
        (Reader { role: Role::Member, tags: false, ..all(events) }, &[1, 7]),
        (Reader { role: Role::Member, account: Some(name("bob")), ..all(events) }, &[1, 4, 7]),
        (Reader { role: Role::Member, account: Some(name("alice")), ..all(messages) }, &[1, 2, 3]),
        (
            Reader { role: Role::Voice, account: Some(name("alice")), tags: false, ..all(events) },
            &[1, 2, 3, 7],
        ),
        (
            Reader {
                role: Role::Member,
                account: Some(name("alice")),
                account_since: Timestamp(30),
                ..all(messages)
            },
            &[1, 3],
        ),
        (Reader { since: Timestamp(20), ..all(messages) }, &[2, 3]),
        (Reader { since: Timestamp(21), floor: Seq(1), ..all(events) }, &[3, 4, 5, 6, 7]),
        (Reader { since: Timestamp(71), ..all(events) }, &[]),
        (Reader { floor: Seq(6), ..all(events) }, &[7]),
    ];
    for (reader, expected) in table {
        let page = store.read(ROOM, &reader, Range::Latest(None), 10).await.unwrap();
        assert_eq!(seqs(&page), expected, "{reader:?}");
    }
}

pub(crate) async fn readers_agree_with_the_model(store: &impl Journal) {
    let mut runner = TestRunner::deterministic();
    for room in 1..=6 {
        let shape = (0..3_i64, 0..8_usize, any::<bool>());
        let shapes = prop::collection::vec(shape, 0..60).new_tree(&mut runner).unwrap().current();
        let mut at = 100;
        let written: Vec<Arc<Entry>> = (1..)
            .zip(shapes)
            .map(|(seq, (step, shape, by_alice))| {
                at += step;
                let nick = if by_alice { "alice" } else { "bob" };
                match shape {
                    0..=2 => spoken(room, seq, at, nick, Speech::Message, ROLES[shape]),
                    3..=5 => spoken(room, seq, at, nick, Speech::Tags, ROLES[shape - 3]),
                    6 => spoken(room, seq, at, nick, Speech::Notice, Role::Member),
                    _ => joined(room, seq, at),
                }
            })
            .collect();
        append(store, written.clone()).await;
        for _ in 0..150 {
            let (reader, range, len_max) = question().new_tree(&mut runner).unwrap().current();
            let page = store.read(RoomId(room), &reader, range, len_max).await.unwrap();
            let expected = model::read(&written, &reader, range, len_max);
            assert_eq!(page, expected, "{reader:?} {range:?} {len_max} of {written:?}");
        }
    }
}

fn question() -> impl Strategy<Value = (Reader, Range, usize)> {
    let point = || {
        prop_oneof![
            (0..65_u64).prop_map(|seq| Point::Seq(Seq(seq))),
            (95..170_i64).prop_map(|at| Point::Time(Timestamp(at))),
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
    let account = prop_oneof![Just(None), Just(Some(name("alice"))), Just(Some(name("carol")))];
    let content = prop_oneof![Just(Content::Messages), Just(Content::Events)];
    let since = || prop_oneof![Just(0_i64), 95..170_i64];
    let reader = (0..3_usize, account, content, any::<bool>(), 0..20_u64, (since(), since()));
    let reader = reader.prop_map(|(role, account, content, tags, floor, (since, account_since))| {
        let (floor, since, account_since) = (Seq(floor), Timestamp(since), Timestamp(account_since));
        Reader { floor, since, role: ROLES[role], account, account_since, content, tags }
    });
    (reader, range, 0..12_usize)
}
