//! What retention asks of a store: the first entries of a room are gone with all that hangs on them,
//! and the places behind them stay what they are.

use crate::clock::Timestamp;
use crate::ids::{RoomId, Seq};
use crate::range::{Content, Point, Range};
use crate::store::retention::{Cutoff, Rule};
use crate::store::{Batch, Error, Store};

use super::{joined, room, said};

const LAST_FIVE: Cutoff = Cutoff { before: None, entries_max: 5 };

/// Ten messages in room 1, at 10, 20 … 100; then one in room 2.
async fn written(store: &impl Store) {
    let rooms = vec![room(1, "#one").into(), room(2, "#two").into()];
    let mut entries: Vec<_> = (1..=10).map(|seq| said(1, seq, i64::try_from(seq).unwrap() * 10)).collect();
    entries.push(said(2, 1, 100));
    store.append(Batch { rooms, entries, ..Batch::default() }).await.unwrap();
}

async fn places(store: &impl Store, range: Range) -> Result<Vec<u64>, Error> {
    let read = store.range(RoomId(1), Seq(0), range, Content::Events, 100).await?;
    Ok(read.iter().map(|entry| entry.seq.0).collect())
}

pub(crate) async fn the_first_entries_go_by_number_a_few_at_a_time(store: &impl Store) {
    written(store).await;
    assert_eq!(store.rooms_with_entries().await.unwrap(), [RoomId(1), RoomId(2)]);
    for (len_max, gone, left) in [(2, 2, 3..=10), (2, 2, 5..=10), (2, 1, 6..=10), (2, 0, 6..=10)] {
        assert_eq!(store.forget(RoomId(1), LAST_FIVE, len_max).await.unwrap(), gone);
        assert_eq!(places(store, Range::Latest(None)).await.unwrap(), left.collect::<Vec<_>>());
    }
    assert!(store.give_back().await.is_ok());
}

pub(crate) async fn the_first_entries_go_by_age(store: &impl Store) {
    written(store).await;
    let cutoff = Cutoff { before: Some(Timestamp(40)), entries_max: 0 };
    assert_eq!(store.forget(RoomId(1), cutoff, 100).await.unwrap(), 3);
    assert_eq!(places(store, Range::Latest(None)).await.unwrap(), (4..=10).collect::<Vec<_>>());
    let both = Cutoff { before: Some(Timestamp(60)), entries_max: 100 };
    assert_eq!(store.forget(RoomId(1), both, 100).await.unwrap(), 2);
}

pub(crate) async fn places_go_on_behind_a_room_that_was_emptied(store: &impl Store) {
    written(store).await;
    let cutoff = Cutoff { before: Some(Timestamp(1000)), entries_max: 0 };
    assert_eq!(store.forget(RoomId(1), cutoff, 100).await.unwrap(), 10);
    assert_eq!(store.forget(RoomId(2), cutoff, 100).await.unwrap(), 0, "the last of all stays");
    let loaded = store.load().await.unwrap();
    let (_, head) = loaded.rooms.iter().find(|(room, _)| room.id == RoomId(1)).unwrap();
    assert_eq!((head.seq, head.at, head.message_at), (Seq(10), Timestamp(100), None));
    store.append(Batch { entries: vec![joined(1, 11, 110)], ..Batch::default() }).await.unwrap();
    assert_eq!(places(store, Range::Latest(None)).await.unwrap(), [11]);
    assert_eq!(store.forget(RoomId(2), cutoff, 100).await.unwrap(), 1);
}

pub(crate) async fn ranges_at_the_edge_of_what_was_forgotten_have_what_is_left(store: &impl Store) {
    written(store).await;
    store.forget(RoomId(1), LAST_FIVE, 100).await.unwrap();
    let named = |seq: u64| Point::Entry(Seq(seq), Timestamp(i64::try_from(seq).unwrap() * 10));
    let time = |at| Point::Time(Timestamp(at));
    let all: Vec<u64> = (6..=10).collect();
    for (range, expected) in [
        (Range::Before(named(3)), vec![]),
        (Range::Before(named(5)), vec![]),
        (Range::Before(named(7)), vec![6]),
        (Range::After(named(3)), all.clone()),
        (Range::After(named(5)), all.clone()),
        (Range::Latest(Some(named(2))), all.clone()),
        (Range::Around(named(2)), all.clone()),
        (Range::Between(named(2), named(8)), vec![6, 7]),
        (Range::Before(time(20)), vec![]),
        (Range::After(time(20)), all.clone()),
        (Range::Between(time(20), time(80)), vec![6, 7]),
    ] {
        assert_eq!(places(store, range).await.unwrap(), expected, "{range:?}");
    }
    assert!(matches!(places(store, Range::Before(named(11))).await, Err(Error::NotFound)));
}

pub(crate) async fn rooms_have_rules_of_their_own(store: &impl Store) {
    written(store).await;
    let rule = |days_max, entries_max| Rule { days_max, entries_max };
    assert_eq!(store.retention_rules().await.unwrap(), []);
    store.set_retention_rule(RoomId(2), Some(rule(1, 0))).await.unwrap();
    store.set_retention_rule(RoomId(1), Some(rule(0, 5))).await.unwrap();
    store.retention_rule_set().await;
    store.set_retention_rule(RoomId(2), Some(rule(3, 4))).await.unwrap();
    assert_eq!(store.retention_rules().await.unwrap(), [(RoomId(1), rule(0, 5)), (RoomId(2), rule(3, 4))]);
    store.set_retention_rule(RoomId(1), None).await.unwrap();
    assert_eq!(store.retention_rules().await.unwrap(), [(RoomId(2), rule(3, 4))]);
    assert!(matches!(store.set_retention_rule(RoomId(9), Some(rule(1, 1))).await, Err(Error::NotFound)));
}
