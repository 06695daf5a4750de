//! What uploads ask of a store: who sent them, which messages carry them, and that they go with those.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::ids::{AccountId, RoomId, Seq};
use crate::room::{Author, Earlier, Edited, Entry, Event, Member, Redacted, Role, Said, Speech};
use crate::store::retention::Cutoff;
use crate::store::uploads::{ContentHash, Excess, Quota, Upload, UploadKey, Usage};
use crate::store::{Batch, Error, Store};

use super::{account, entry, room};

const QUOTA: Quota = Quota { account_bytes_max: 100, bytes_max: 150 };

fn key(letter: char) -> UploadKey {
    UploadKey::parse(&letter.to_string().repeat(UploadKey::LEN)).unwrap()
}

fn hash(letter: char) -> ContentHash {
    ContentHash::parse(&letter.to_string().repeat(64)).unwrap()
}

fn upload(letter: char, account: AccountId, bytes: u64) -> Upload {
    Upload {
        key: key(letter),
        hash: hash(letter),
        account: Some(account),
        name: "holiday photo.png".into(),
        kind: "image/png".into(),
        bytes,
        dimensions: Some((640, 480)),
        stored_at: Timestamp(7),
    }
}

/// What somebody says of these uploads.
fn carrying(room: u64, seq: u64, by: &str, letters: &str) -> Arc<Entry> {
    let text: String =
        letters.chars().map(|letter| format!(" https://h/files/{}/a", key(letter).as_str())).collect();
    let entry = entry(room, seq, 10, Event::Said(Said::plain(text)));
    let account = Some(super::name(by));
    let author = Arc::new(Author { account, ..Author::clone(&entry.author) });
    Arc::new(Entry { author, ..Entry::clone(&entry) })
}

fn redacted(room: u64, seq: u64, message: u64) -> Arc<Entry> {
    let message = Earlier { seq: Seq(message), at: Timestamp(10) };
    let (edits, audience, reason) = (Vec::new(), Role::Member, String::new());
    entry(room, seq, 30, Event::Redacted(Redacted { message, edits, audience, reason }))
}

async fn append(store: &impl Store, entries: Vec<Arc<Entry>>) {
    store.append(Batch { entries, ..Batch::default() }).await.unwrap();
}

async fn places(store: &impl Store, letter: char) -> Vec<(u64, u64)> {
    let places = store.upload_places(&key(letter), 100).await.unwrap();
    places.into_iter().map(|(room, seq)| (room.0, seq.0)).collect()
}

async fn is_gone(store: &impl Store, letter: char) -> bool {
    matches!(store.upload(&key(letter)).await, Err(Error::NotFound))
}

pub(crate) async fn an_upload_is_found_listed_and_removed(store: &impl Store) {
    let (alice, bob) = (account(store, "alice").await, account(store, "bob").await);
    let one = upload('a', alice.id, 40);
    assert_eq!(store.add_upload(one.clone(), QUOTA).await.unwrap(), None);
    assert!(matches!(store.add_upload(one.clone(), QUOTA).await, Err(Error::Conflict)));
    let plain = Upload { dimensions: None, ..upload('b', bob.id, 40) };
    store.add_upload(plain.clone(), QUOTA).await.unwrap();
    assert_eq!(store.upload(&key('a')).await.unwrap(), one);
    assert_eq!(store.upload(&key('b')).await.unwrap(), plain);
    assert_eq!(store.upload_usage(bob.id).await.unwrap(), Usage { account_bytes: 40, bytes: 80 });
    let listed = store.uploads(None, 10).await.unwrap();
    assert_eq!(
        listed.iter().map(|one| one.account.as_ref().unwrap().as_str()).collect::<Vec<_>>(),
        ["bob", "alice"]
    );
    let of_alice = store.uploads(Some(alice.id), 10).await.unwrap();
    assert_eq!(of_alice.iter().map(|one| (&one.upload, one.places)).collect::<Vec<_>>(), [(&one, 0)]);
    assert!(store.is_content_kept(&hash('a')).await.unwrap());
    store.remove_upload(&key('a')).await.unwrap();
    assert!(matches!(store.remove_upload(&key('a')).await, Err(Error::NotFound)));
    assert_eq!(store.contents_let_go().await, [hash('a')]);
    assert!(!store.is_content_kept(&hash('a')).await.unwrap());
    assert!(is_gone(store, 'a').await);
}

pub(crate) async fn no_more_is_kept_than_the_quotas_allow(store: &impl Store) {
    let (alice, bob) = (account(store, "alice").await, account(store, "bob").await);
    assert_eq!(store.add_upload(upload('a', alice.id, 100), QUOTA).await.unwrap(), None);
    assert_eq!(store.add_upload(upload('b', alice.id, 1), QUOTA).await.unwrap(), Some(Excess::Account));
    assert_eq!(store.add_upload(upload('c', bob.id, 51), QUOTA).await.unwrap(), Some(Excess::Server));
    assert_eq!(store.add_upload(upload('d', bob.id, 50), QUOTA).await.unwrap(), None);
    assert!(is_gone(store, 'b').await && is_gone(store, 'c').await);
    assert!(matches!(store.add_upload(upload('e', super::NOBODY, 0), QUOTA).await, Err(Error::NotFound)));
}

pub(crate) async fn a_message_carries_what_its_author_may_show(store: &impl Store) {
    let (alice, bob) = (account(store, "alice").await, account(store, "bob").await);
    account(store, "mallory").await;
    store.add_upload(upload('a', alice.id, 1), QUOTA).await.unwrap();
    append(store, vec![carrying(1, 1, "mallory", "a"), carrying(1, 2, "nobody", "a")]).await;
    assert_eq!(places(store, 'a').await, [], "an address alone opens nothing");
    let member = Member { founder: false, operator: false, voice: false };
    let batch = Batch {
        rooms: vec![Arc::new(room(2, "#two"))],
        members: vec![(RoomId(2), bob.id, Some(member))],
        entries: vec![carrying(2, 1, "alice", "ab")],
        ..Batch::default()
    };
    store.append(batch).await.unwrap();
    append(
        store,
        vec![carrying(3, 1, "mallory", "a"), carrying(3, 2, "bob", "a"), carrying(2, 2, "alice", "aa")],
    )
    .await;
    assert_eq!(places(store, 'a').await, [(2, 2), (2, 1), (3, 2)], "bob was shown it and passes it on");
    assert_eq!(store.upload_places(&key('a'), 1).await.unwrap(), [(RoomId(2), Seq(2))]);
}

pub(crate) async fn an_upload_goes_with_the_last_message_that_carries_it(store: &impl Store) {
    let alice = account(store, "alice").await;
    for letter in ['a', 'b', 'c', 'd', 'e'] {
        store.add_upload(upload(letter, alice.id, 1), QUOTA).await.unwrap();
    }
    let text = format!("/files/{}", key('c').as_str());
    let original = Earlier { seq: Seq(1), at: Timestamp(10) };
    let edited = Edited { original, speech: Speech::Message, audience: Role::Member, text };
    let edit = entry(1, 2, 20, Event::Edited(edited));
    append(store, vec![carrying(1, 1, "alice", "ab"), edit, carrying(2, 1, "alice", "b")]).await;
    assert_eq!(places(store, 'c').await, [(1, 2)]);
    append(store, vec![redacted(1, 3, 1)]).await;
    let mut gone = store.contents_let_go().await;
    gone.sort();
    assert_eq!(gone, [hash('a'), hash('c')]);
    assert!(is_gone(store, 'a').await && is_gone(store, 'c').await);
    assert_eq!(places(store, 'b').await, [(2, 1)], "another message carries it");
    assert!(!is_gone(store, 'd').await, "nobody has shown it yet");
    append(store, vec![carrying(1, 4, "alice", "e"), redacted(1, 5, 4)]).await;
    assert!(is_gone(store, 'e').await, "in one batch");
}

pub(crate) async fn what_an_account_showed_outlives_it(store: &impl Store) {
    let alice = account(store, "alice").await;
    store.add_upload(upload('a', alice.id, 1), QUOTA).await.unwrap();
    store.add_upload(upload('b', alice.id, 1), QUOTA).await.unwrap();
    append(store, vec![carrying(1, 1, "alice", "a")]).await;
    store.delete_account(alice.id).await.unwrap();
    assert_eq!(store.upload(&key('a')).await.unwrap().account, None);
    assert!(is_gone(store, 'b').await);
    assert_eq!(store.contents_let_go().await, [hash('b')]);
    assert_eq!(store.uploads(None, 10).await.unwrap()[0].account, None);
}

pub(crate) async fn an_upload_goes_with_the_last_message_that_is_forgotten(store: &impl Store) {
    let alice = account(store, "alice").await;
    for letter in ['a', 'b', 'c'] {
        store.add_upload(upload(letter, alice.id, 1), QUOTA).await.unwrap();
    }
    let entries =
        vec![carrying(1, 1, "alice", "ab"), carrying(1, 2, "alice", "b"), carrying(1, 3, "alice", "")];
    append(store, entries).await;
    let cutoff = Cutoff { before: None, entries_max: 2 };
    assert_eq!(store.forget(RoomId(1), cutoff, 10).await.unwrap(), 1);
    assert_eq!(store.contents_let_go().await, [hash('a')]);
    assert!(is_gone(store, 'a').await);
    assert_eq!(places(store, 'b').await, [(1, 2)]);
    assert_eq!(places(store, 'c').await, [], "nobody has shown it yet");
}
