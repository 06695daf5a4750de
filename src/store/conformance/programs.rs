//! Webhooks, and what somebody said in all rooms.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::ids::RoomId;
use crate::limits;
use crate::room::{Entry, Event, Said};
use crate::store::accounts::Accounts;
use crate::store::webhooks::{NewWebhook, Webhooks};
use crate::store::{Batch, Error, Journal};

use super::{author, entry, joined, name, new_account, room, said};

pub(crate) async fn webhooks_are_used_listed_and_removed(store: &(impl Accounts + Journal + Webhooks)) {
    let bot = store.create_account(new_account("ci"), None).await.unwrap();
    let rooms = vec![Arc::new(room(1, "#a"))];
    store.append(Batch { rooms, ..Batch::default() }).await.unwrap();
    let new = |hash: &str, room: u64| NewWebhook {
        hash: hash.into(),
        room: RoomId(room),
        account: bot.id,
        label: "builds".into(),
        created_at: Timestamp(5),
    };
    let first = store.add_webhook(new("one", 1)).await.unwrap();
    let second = store.add_webhook(new("two", 1)).await.unwrap();
    assert!(matches!(store.add_webhook(new("two", 1)).await, Err(Error::Conflict)));
    assert!(matches!(store.add_webhook(new("three", 9)).await, Err(Error::NotFound)));
    assert_eq!(store.webhook("one").await.unwrap(), first);
    store.use_webhook(second.id, Timestamp(7)).await.unwrap();
    let used = store.webhook("two").await.unwrap();
    assert_eq!((used.id, used.used_at, used.room), (second.id, Some(Timestamp(7)), RoomId(1)));
    assert_eq!(store.webhooks().await.unwrap(), [first.clone(), used]);
    store.delete_webhook(first.id).await.unwrap();
    assert!(matches!(store.webhook("one").await, Err(Error::NotFound)));
    assert!(matches!(store.use_webhook(first.id, Timestamp(8)).await, Err(Error::NotFound)));
    assert!(matches!(store.delete_webhook(first.id).await, Err(Error::NotFound)));
    store.delete_account(bot.id).await.unwrap();
    assert!(store.webhooks().await.unwrap().is_empty());
}

pub(crate) async fn what_somebody_said_is_found_step_by_step(store: &impl Journal) {
    let other = |room, seq, at| {
        let told = Event::Said(Said::plain("not mine"));
        Arc::new(Entry { author: author("bob"), ..Arc::unwrap_or_clone(entry(room, seq, at, told)) })
    };
    let span = u64::from(limits::EXPORT_SPAN_LEN);
    let mut entries = vec![joined(1, 1, 10), said(1, 2, 11), other(1, 3, 12), said(2, 1, 13)];
    entries.extend((4..=2 * span).map(|seq| other(1, seq, 14)));
    entries.push(said(1, 2 * span + 1, 15));
    let rooms = vec![Arc::new(room(1, "#a")), Arc::new(room(2, "#b"))];
    store.append(Batch { rooms, entries, ..Batch::default() }).await.unwrap();
    let (mut found, mut next, mut steps) = (Vec::new(), Some(0), 0);
    while let Some(after) = next {
        let (entries, goes_on) = store.said_by(&name("alice"), Timestamp(11), after).await.unwrap();
        found.extend(entries.into_iter().map(|entry| (entry.room.0, entry.seq.0)));
        (next, steps) = (goes_on, steps + 1);
    }
    assert_eq!((found, steps), (vec![(1, 2), (2, 1), (1, 2 * span + 1)], 3));
    let (later, _) = store.said_by(&name("alice"), Timestamp(12), 0).await.unwrap();
    assert_eq!(later.len(), 1, "what an earlier account of this name said is another's");
    assert!(store.said_by(&name("carol"), Timestamp(0), 0).await.unwrap().0.is_empty());
}

pub(crate) async fn a_probe_changes_nothing(store: &impl Journal) {
    store.append(Batch { rooms: vec![Arc::new(room(1, "#a"))], ..Batch::default() }).await.unwrap();
    store.probe().await.unwrap();
    store.probe().await.unwrap();
    assert_eq!(store.load().await.unwrap().rooms.len(), 1);
}
