//! The accounts' side.

use crate::clock::Timestamp;
use crate::store::accounts::{AccountRole, Certificate, NewInvitation};
use crate::store::{Accounts, Batch, Error, Journal};

use super::{NOBODY, account, name, new_account, room};

fn invitation(code_hash: &str, uses: u32, expires_at: Option<i64>) -> NewInvitation {
    NewInvitation {
        code_hash: code_hash.into(),
        role: AccountRole::Admin,
        uses,
        expires_at: expires_at.map(Timestamp),
        created_at: Timestamp(900),
        creator: "server".into(),
    }
}

pub(crate) async fn names_are_unique_in_any_spelling_and_against_look_alikes(store: &impl Accounts) {
    account(store, "Bob").await;
    for taken in ["Bob", "bOB", "b0b"] {
        let result = store.create_account(new_account(taken), None).await;
        assert!(matches!(result, Err(Error::Conflict)), "{taken}");
        assert_eq!(store.look_alike(taken).await.unwrap(), Some(name("Bob")), "{taken}");
    }
    assert_eq!(store.look_alike("alice").await.unwrap(), None);
    account(store, "alice").await;
}

pub(crate) async fn accounts_are_found_listed_and_changed(store: &impl Accounts) {
    let (zoe, alice) = (account(store, "zoe").await, account(store, "Alice").await);
    assert_ne!(zoe.id, alice.id);
    assert_eq!(store.account(&name("aLICE")).await.unwrap(), alice);
    assert_eq!(store.account(&name("ALICE")).await.unwrap().name.as_str(), "Alice");
    assert_eq!(store.accounts().await.unwrap(), [alice.clone(), zoe.clone()]);
    store.set_password_hash(zoe.id, None).await.unwrap();
    store.set_suspended(zoe.id, true).await.unwrap();
    store.set_seen(zoe.id, Timestamp(77)).await.unwrap();
    let read = store.account(&name("zoe")).await.unwrap();
    assert_eq!((read.password_hash, read.suspended, read.seen_at), (None, true, Some(Timestamp(77))));
    store.set_suspended(zoe.id, false).await.unwrap();
    assert!(!store.account(&name("zoe")).await.unwrap().suspended);
    assert_eq!(store.account(&name("alice")).await.unwrap(), alice);
    for result in [
        store.set_password_hash(NOBODY, None).await,
        store.set_suspended(NOBODY, true).await,
        store.set_seen(NOBODY, Timestamp(1)).await,
        store.delete_account(NOBODY).await,
        store.account(&name("nobody")).await.map(|_| ()),
        store.add_token(NOBODY, "h", "l", Timestamp(1)).await.map(|_| ()),
        store.advance_read_marker(NOBODY, "#a", Timestamp(1)).await.map(|_| ()),
    ] {
        assert!(matches!(result, Err(Error::NotFound)), "{result:?}");
    }
}

pub(crate) async fn a_newer_hash_does_not_undo_a_new_password(store: &impl Accounts) {
    let alice = account(store, "alice").await;
    let hash = async || store.account(&alice.name).await.unwrap().password_hash.unwrap();
    store.set_password_hash(alice.id, Some("first")).await.unwrap();
    assert!(store.replace_password_hash(alice.id, "first", "first again").await.unwrap());
    assert_eq!(hash().await, "first again");
    store.set_password_hash(alice.id, Some("second")).await.unwrap();
    assert!(!store.replace_password_hash(alice.id, "first again", "first once more").await.unwrap());
    assert_eq!(hash().await, "second");
}

pub(crate) async fn a_deleted_account_takes_everything_along(store: &(impl Accounts + Journal)) {
    let alice = account(store, "alice").await;
    let certificate = Certificate {
        account: alice.id,
        fingerprint: "f".repeat(64),
        label: "laptop".into(),
        created_at: Timestamp(1),
    };
    store.add_certificate(certificate.clone()).await.unwrap();
    store.add_token(alice.id, "hash", "bot", Timestamp(1)).await.unwrap();
    store.advance_read_marker(alice.id, "#a", Timestamp(1)).await.unwrap();
    let batch = Batch {
        rooms: vec![std::sync::Arc::new(room(1, "#a"))],
        members: vec![(crate::ids::RoomId(1), alice.id, Some(crate::room::Member::default()))],
        ..Batch::default()
    };
    store.append(batch).await.unwrap();
    store.delete_account(alice.id).await.unwrap();
    assert!(store.load().await.unwrap().rooms[0].0.members.is_empty());
    let again = account(store, "alice").await;
    assert_ne!(again.id, alice.id, "a number is never given out twice");
    assert!(store.tokens(again.id).await.unwrap().is_empty());
    assert!(matches!(store.use_token("hash", Timestamp(2)).await, Err(Error::NotFound)));
    let result = store.account_by_certificate(&certificate.fingerprint).await;
    assert!(matches!(result, Err(Error::NotFound)));
    assert_eq!(store.read_marker(alice.id, "#a").await.unwrap(), None);
}

pub(crate) async fn an_invitation_is_used_up_with_the_accounts_it_makes(store: &impl Accounts) {
    let made = store.add_invitation(invitation("code", 2, Some(2000))).await.unwrap();
    assert_eq!(store.invitation("code", Timestamp(1000)).await.unwrap(), made);
    assert_eq!(made.role, AccountRole::Admin);
    let result = store.add_invitation(invitation("code", 1, None)).await;
    assert!(matches!(result, Err(Error::Conflict)));
    for text in ["alice", "bob"] {
        store.create_account(new_account(text), Some("code")).await.unwrap();
    }
    let result = store.create_account(new_account("carol"), Some("code")).await;
    assert!(matches!(result, Err(Error::NotFound)));
    assert!(matches!(store.account(&name("carol")).await, Err(Error::NotFound)));
    assert!(matches!(store.invitation("code", Timestamp(1000)).await, Err(Error::NotFound)));
    assert_eq!(store.invitations().await.unwrap()[0].uses_left, 0);
}

pub(crate) async fn an_invitation_is_not_used_by_a_refused_name(store: &impl Accounts) {
    account(store, "alice").await;
    store.add_invitation(invitation("code", 1, None)).await.unwrap();
    let result = store.create_account(new_account("Alice"), Some("code")).await;
    assert!(matches!(result, Err(Error::Conflict)));
    assert_eq!(store.invitation("code", Timestamp(1000)).await.unwrap().uses_left, 1);
    store.create_account(new_account("bob"), Some("code")).await.unwrap();
}

pub(crate) async fn invitations_expire_and_can_be_withdrawn(store: &impl Accounts) {
    // New accounts of this suite are made at 1000.
    store.add_invitation(invitation("old", 5, Some(1000))).await.unwrap();
    let gone = store.add_invitation(invitation("gone", 5, None)).await.unwrap();
    store.delete_invitation(gone.id).await.unwrap();
    for code in ["old", "gone", "never"] {
        let result = store.create_account(new_account("alice"), Some(code)).await;
        assert!(matches!(result, Err(Error::NotFound)), "{code}");
        assert!(matches!(store.invitation(code, Timestamp(1000)).await, Err(Error::NotFound)), "{code}");
    }
    assert!(store.invitation("old", Timestamp(999)).await.is_ok());
    assert_eq!(store.invitations().await.unwrap().len(), 1);
    assert!(matches!(store.delete_invitation(gone.id).await, Err(Error::NotFound)));
}

pub(crate) async fn tokens_are_used_listed_and_revoked(store: &impl Accounts) {
    let (alice, bob) = (account(store, "alice").await.id, account(store, "bob").await.id);
    let phone = store.add_token(alice, "h1", "phone", Timestamp(5)).await.unwrap();
    let laptop = store.add_token(alice, "h2", "laptop", Timestamp(6)).await.unwrap();
    assert_eq!(store.tokens(alice).await.unwrap(), [phone.clone(), laptop.clone()]);
    let (owner, id) = store.use_token("h1", Timestamp(9)).await.unwrap();
    assert_eq!((owner.id, id), (alice, phone.id));
    assert!(matches!(store.use_token("h3", Timestamp(9)).await, Err(Error::NotFound)));
    for (at, noted) in
        [(10, 9), (9 + crate::limits::TOKEN_USE_NOTED_MS, 9 + crate::limits::TOKEN_USE_NOTED_MS)]
    {
        store.use_token("h1", Timestamp(at)).await.unwrap();
        assert_eq!(store.tokens(alice).await.unwrap()[0].used_at, Some(Timestamp(noted)));
    }
    assert!(matches!(store.delete_token(bob, phone.id).await, Err(Error::NotFound)));
    store.delete_token(alice, phone.id).await.unwrap();
    assert!(matches!(store.use_token("h1", Timestamp(10)).await, Err(Error::NotFound)));
    assert_eq!(store.tokens(alice).await.unwrap(), [laptop]);
}

pub(crate) async fn a_certificate_belongs_to_one_account(store: &impl Accounts) {
    let (alice, bob) = (account(store, "alice").await, account(store, "bob").await);
    let certificate = |account, letter: &str| Certificate {
        account,
        fingerprint: letter.repeat(64),
        label: "laptop".into(),
        created_at: Timestamp(1),
    };
    store.add_certificate(certificate(alice.id, "b")).await.unwrap();
    store.add_certificate(certificate(alice.id, "a")).await.unwrap();
    let result = store.add_certificate(certificate(bob.id, "a")).await;
    assert!(matches!(result, Err(Error::Conflict)));
    assert_eq!(
        store.certificates(alice.id).await.unwrap(),
        [certificate(alice.id, "b"), certificate(alice.id, "a")]
    );
    assert_eq!(store.account_by_certificate(&"a".repeat(64)).await.unwrap(), alice);
    let result = store.delete_certificate(bob.id, &"a".repeat(64)).await;
    assert!(matches!(result, Err(Error::NotFound)));
    store.delete_certificate(alice.id, &"a".repeat(64)).await.unwrap();
    let result = store.account_by_certificate(&"a".repeat(64)).await;
    assert!(matches!(result, Err(Error::NotFound)));
}

pub(crate) async fn read_markers_only_move_forward(store: &impl Accounts) {
    let alice = account(store, "alice").await.id;
    assert_eq!(store.read_marker(alice, "#a").await.unwrap(), None);
    for (at, stands) in [(5, 5), (3, 5), (8, 8)] {
        let marker = store.advance_read_marker(alice, "#a", Timestamp(at)).await.unwrap();
        assert_eq!(marker, Timestamp(stands));
        assert_eq!(store.read_marker(alice, "#a").await.unwrap(), Some(Timestamp(stands)));
    }
    assert_eq!(store.read_marker(alice, "#b").await.unwrap(), None);
}

pub(crate) async fn who_stays_is_kept_with_the_account(store: &(impl Accounts + Journal)) {
    let alice = account(store, "alice").await;
    assert_eq!(alice.always_on, None);
    for always_on in [Some(true), Some(false), None] {
        let batch = Batch { always_on: vec![(alice.id, always_on)], ..Batch::default() };
        assert!(!batch.is_empty());
        store.append(batch).await.unwrap();
        assert_eq!(store.account(&alice.name).await.unwrap().always_on, always_on);
    }
    // One that was removed meanwhile must not fail everybody's batch.
    store.append(Batch { always_on: vec![(NOBODY, Some(true))], ..Batch::default() }).await.unwrap();
}
