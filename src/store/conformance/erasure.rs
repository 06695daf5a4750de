//! What redaction asks of a store: what is named is gone, at once and with its edits.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::ids::{RoomId, Seq};
use crate::range::{Content, Point, Range};
use crate::room::{Earlier, Edited, Entry, Event, Redacted, Role, Said, Speech};
use crate::store::{Batch, Error, Journal};

use super::{entry, joined, said};

fn earlier(seq: u64, at: i64) -> Earlier {
    Earlier { seq: Seq(seq), at: Timestamp(at) }
}

fn edited(room: u64, seq: u64, original: u64) -> Arc<Entry> {
    let original = earlier(original, 10);
    let (speech, audience) = (Speech::Message, Role::Member);
    entry(room, seq, 20, Event::Edited(Edited { original, speech, audience, text: "edited".into() }))
}

fn redacted(room: u64, seq: u64, message: u64) -> Arc<Entry> {
    let (edits, audience) = (vec![earlier(7, 8)], Role::Voice);
    let event = Redacted { message: earlier(message, 10), edits, audience, reason: "why".into() };
    entry(room, seq, 30, Event::Redacted(event))
}

async fn append(store: &impl Journal, entries: Vec<Arc<Entry>>) -> Result<(), Error> {
    store.append(Batch { entries, ..Batch::default() }).await
}

async fn places(store: &impl Journal, room: u64, range: Range, content: Content) -> Vec<u64> {
    let read = store.range(RoomId(room), Seq(0), range, content, 100).await.unwrap();
    read.iter().map(|entry| entry.seq.0).collect()
}

pub(crate) async fn what_is_redacted_is_gone_with_its_edits_and_keeps_its_place(store: &impl Journal) {
    let reaction = Said { speech: Speech::Tags, tags: "+x".into(), ..Said::plain("") };
    let entries = vec![
        said(1, 1, 10),
        said(1, 2, 10),
        joined(1, 3, 10),
        edited(1, 4, 1),
        edited(1, 5, 2),
        entry(1, 6, 20, Event::Said(reaction)),
        said(2, 1, 10),
        edited(2, 2, 1),
    ];
    append(store, entries).await.unwrap();
    assert_eq!(store.edits(RoomId(1), Seq(1), 10).await.unwrap(), [earlier(4, 20)]);
    append(store, vec![redacted(1, 7, 1)]).await.unwrap();
    let all = Range::Latest(None);
    assert_eq!(places(store, 1, all, Content::Events).await, [2, 3, 5, 6, 7]);
    assert_eq!(places(store, 1, all, Content::Messages).await, [2, 5]);
    assert_eq!(places(store, 2, all, Content::Events).await, [1, 2], "another room");
    // Times are still found, and places as well.
    assert_eq!(places(store, 1, Range::Before(Point::Time(Timestamp(20))), Content::Events).await, [2, 3]);
    assert_eq!(places(store, 1, Range::After(Point::Seq(Seq(4))), Content::Events).await, [5, 6, 7]);
    let named = Point::Entry(Seq(4), Timestamp(20));
    assert_eq!(places(store, 1, Range::After(named), Content::Events).await, [5, 6, 7]);
    assert!(store.edits(RoomId(1), Seq(1), 10).await.unwrap().is_empty());
    // Tags go as well; what the room's state follows from does not.
    append(store, vec![redacted(1, 8, 6), redacted(1, 9, 3)]).await.unwrap();
    assert_eq!(places(store, 1, all, Content::Events).await, [2, 3, 5, 7, 8, 9]);
    let head = store.load().await.unwrap().last_at;
    assert_eq!(head, Timestamp(30));
}

pub(crate) async fn a_redaction_that_is_not_written_erases_nothing(store: &impl Journal) {
    append(store, vec![said(1, 1, 10)]).await.unwrap();
    let refused = append(store, vec![redacted(1, 2, 1), said(1, 1, 11)]).await;
    assert!(matches!(refused, Err(Error::Conflict)));
    assert_eq!(places(store, 1, Range::Latest(None), Content::Events).await, [1]);
}

pub(crate) async fn what_is_said_and_redacted_in_one_batch_is_gone(store: &impl Journal) {
    append(store, vec![said(1, 1, 10), redacted(1, 2, 1), edited(1, 3, 1)]).await.unwrap();
    assert_eq!(places(store, 1, Range::Latest(None), Content::Events).await, [2]);
}

pub(crate) async fn edits_are_read_oldest_first_up_to_a_number(store: &impl Journal) {
    let edits = (2..=9).map(|seq| edited(1, seq, 1));
    append(store, std::iter::once(said(1, 1, 10)).chain(edits).collect()).await.unwrap();
    let read = store.edits(RoomId(1), Seq(1), 3).await.unwrap();
    assert_eq!(read, [earlier(2, 20), earlier(3, 20), earlier(4, 20)]);
}
