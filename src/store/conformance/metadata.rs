//! What accounts and rooms bear.

use std::sync::Arc;

use crate::ids::{AccountId, RoomId, SessionId, UserId};
use crate::store::metadata::{Change, Key, Metadata, Subject};
use crate::store::{Accounts, Batch, Journal};

use super::{NOBODY, account, room};

const ROOM: Subject = Subject::Room(RoomId(1));

fn user(account: AccountId) -> Subject {
    Subject::User(UserId::Account(account))
}

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

fn set(subject: Subject, text: &str, value: &str) -> (Subject, Change) {
    (subject, (key(text), Some(value.into())))
}

fn metadata(pairs: &[(&str, &str)]) -> Metadata {
    pairs.iter().map(|(text, value)| (key(text), Arc::from(*value))).collect()
}

async fn stored(store: &impl Journal) -> Vec<(Subject, Metadata)> {
    store.load().await.unwrap().metadata
}

pub(crate) async fn what_accounts_and_rooms_bear_is_loaded_again(store: &(impl Journal + Accounts)) {
    let (alice, bob) = (account(store, "alice").await.id, account(store, "bob").await.id);
    let batch = Batch {
        rooms: vec![Arc::new(room(1, "#a"))],
        metadata: vec![
            set(user(alice), "url", "first"),
            set(ROOM, "url", "of the room"),
            set(user(alice), "display-name", "Alice \u{1f49c} Liddell"),
            set(user(alice), "url", "second"),
            set(user(bob), "color", "red"),
            set(Subject::User(UserId::Guest(SessionId(1))), "color", "not stored"),
        ],
        ..Batch::default()
    };
    store.append(batch).await.unwrap();
    let of_alice = metadata(&[("display-name", "Alice \u{1f49c} Liddell"), ("url", "second")]);
    let of_room = (ROOM, metadata(&[("url", "of the room")]));
    let all = [(user(alice), of_alice.clone()), (user(bob), metadata(&[("color", "red")])), of_room.clone()];
    assert_eq!(stored(store).await, all);
    let removed = vec![(user(bob), (key("color"), None)), (user(bob), (key("never"), None))];
    store.append(Batch { metadata: removed, ..Batch::default() }).await.unwrap();
    assert_eq!(stored(store).await, [(user(alice), of_alice), of_room]);
}

pub(crate) async fn metadata_goes_with_its_account_or_room(store: &(impl Journal + Accounts)) {
    let alice = account(store, "alice").await.id;
    let changes = || vec![set(user(alice), "url", "x"), set(ROOM, "url", "y"), set(user(NOBODY), "url", "z")];
    let rooms = vec![Arc::new(room(1, "#a"))];
    store.append(Batch { rooms, metadata: changes(), ..Batch::default() }).await.unwrap();
    assert_eq!(stored(store).await.len(), 2, "nobody bears nothing, and fails nobody's batch");
    store.delete_account(alice).await.unwrap();
    assert_eq!(stored(store).await, [(ROOM, metadata(&[("url", "y")]))]);
    let batch = Batch { dissolved: vec![RoomId(1)], metadata: changes(), ..Batch::default() };
    store.append(batch).await.unwrap();
    assert!(stored(store).await.is_empty());
}
