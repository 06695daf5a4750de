//! Signing in and registering, against a real store.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::clock::{Clock, Timestamp};
use crate::names::AccountName;
use crate::protocol::sasl::Plain;
use crate::store::accounts::{Account, AccountRole, Accounts, Certificate};
use crate::store::sqlite::Sqlite;

use super::{Authenticator, Cost, Error, Newcomer, PasswordRules, Passwords, Weakness, secret};

const LOW: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };
const HOME: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)));

struct Fixture {
    auth: Authenticator,
    store: Sqlite,
    clock: Arc<AtomicI64>,
    _dir: TempDir,
}

async fn fixture() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&dir.path().join("chat.db")).await.unwrap();
    let clock = Arc::new(AtomicI64::new(1_000_000));
    let auth = authenticator(&store, &clock, LOW);
    Fixture { auth, store, clock, _dir: dir }
}

fn authenticator(store: &Sqlite, clock: &Arc<AtomicI64>, cost: Cost) -> Authenticator {
    let passwords = Passwords::start(cost, 1).unwrap();
    let rules = PasswordRules { bytes_min: 6, names: vec!["localhost".into()], weak_ones: false };
    Authenticator::new(Arc::new(store.clone()), passwords, Clock::Manual(Arc::clone(clock)), rules)
}

fn newcomer(text: &str, code: Option<&str>) -> Newcomer {
    Newcomer { name: name(text), email: None, invitation: code.map(str::to_owned) }
}

fn name(text: &str) -> AccountName {
    AccountName::parse(text).unwrap()
}

fn plain(name: &str, password: &str) -> Plain {
    Plain { name: name.into(), password: Zeroizing::new(password.into()) }
}

impl Fixture {
    async fn account(&self, text: &str) -> Account {
        let password = Some(Zeroizing::new(String::from("kestrel")));
        self.auth.create_account(name(text), password, AccountRole::Member).await.unwrap()
    }

    /// Long enough that failures do not meet.
    fn pass_an_hour(&self) {
        self.clock.fetch_add(3_600_000, Ordering::Relaxed);
    }

    async fn sign_in(&self, name: &str, password: &str) -> Result<Account, Error> {
        self.pass_an_hour();
        self.auth.plain(&plain(name, password), HOME).await
    }

    fn hashes_asked(&self) -> usize {
        self.auth.passwords.asked.swap(0, Ordering::Relaxed)
    }
}

#[tokio::test]
async fn a_password_signs_in_and_a_wrong_one_does_not() {
    let fixture = fixture().await;
    let alice = fixture.account("Alice").await;
    assert_eq!(fixture.sign_in("aLICE", "kestrel").await.unwrap(), alice);
    for (name, password) in
        [("Alice", "Kestrel"), ("Alice", &"s".repeat(2000)), ("bob", "kestrel"), ("#!", "x")]
    {
        assert_eq!(fixture.sign_in(name, password).await, Err(Error::Rejected), "{name}");
    }
}

#[tokio::test]
async fn every_refusal_costs_the_same_work_and_gets_the_same_words() {
    let fixture = fixture().await;
    let alice = fixture.account("alice").await;
    let suspended = fixture.account("bob").await;
    fixture.store.set_suspended(suspended.id, true).await.unwrap();
    let nothing = fixture.auth.create_account(name("carol"), None, AccountRole::Member).await.unwrap();
    fixture.auth.issue_token(nothing.id, "bot").await.unwrap();
    let (token, _) = fixture.auth.issue_token(suspended.id, "bot").await.unwrap();
    let other = secret::token().unwrap();
    fixture.hashes_asked();
    for (name, password) in [
        ("alice", "wrong"),
        ("nobody", "kestrel"),
        ("not a name", "kestrel"),
        ("bob", "kestrel"),
        ("bob", &token),
        ("carol", "kestrel"),
        ("alice", &token),
        ("alice", &other),
        ("nobody", &other),
        ("alice", &"x".repeat(2000)),
    ] {
        assert_eq!(fixture.sign_in(name, password).await, Err(Error::Rejected), "{name}");
        assert_eq!(fixture.hashes_asked(), 1, "{name}");
    }
    fixture.store.set_suspended(suspended.id, false).await.unwrap();
    assert!(fixture.sign_in("bob", &token).await.is_ok());
    assert_eq!(fixture.sign_in("alice", "kestrel").await.unwrap(), alice);
}

#[tokio::test]
async fn the_throttle_treats_all_names_alike() {
    let fixture = fixture().await;
    fixture.account("alice").await;
    let suspended = fixture.account("bob").await;
    fixture.store.set_suspended(suspended.id, true).await.unwrap();
    fixture.auth.create_account(name("carol"), None, AccountRole::Member).await.unwrap();
    let mut all = Vec::new();
    for (number, name) in ["alice", "bob", "carol", "nobody"].into_iter().enumerate() {
        let address = Some(IpAddr::from([192, 0, 2, u8::try_from(number).unwrap() + 9]));
        fixture.hashes_asked();
        let mut told = Vec::new();
        for _ in 0..6 {
            told.push(fixture.auth.plain(&plain(name, "wrong one"), address).await.unwrap_err());
            fixture.clock.fetch_add(1000, Ordering::Relaxed);
        }
        all.push((told, fixture.hashes_asked()));
    }
    assert!(all[0].0.contains(&Error::Throttled { seconds: 3 }), "{all:?}");
    assert!(all.iter().all(|one| *one == all[0]), "{all:?}");
}

#[tokio::test]
async fn a_token_signs_in_until_it_is_revoked() {
    let fixture = fixture().await;
    let alice = fixture.account("alice").await;
    let (text, token) = fixture.auth.issue_token(alice.id, "phone").await.unwrap();
    fixture.hashes_asked();
    assert_eq!(fixture.sign_in("alice", &text).await.unwrap().id, alice.id);
    assert_eq!(fixture.hashes_asked(), 0);
    let now = Timestamp(fixture.clock.load(Ordering::Relaxed));
    assert_eq!(fixture.store.tokens(alice.id).await.unwrap()[0].used_at, Some(now));
    fixture.store.delete_token(alice.id, token.id).await.unwrap();
    assert_eq!(fixture.sign_in("alice", &text).await, Err(Error::Rejected));
}

#[tokio::test]
async fn failures_are_throttled_and_success_ends_that() {
    let fixture = fixture().await;
    fixture.account("alice").await;
    let attempt =
        async |password: &str, address| fixture.auth.plain(&plain("alice", password), address).await;
    for _ in 0..3 {
        assert_eq!(attempt("wrong", HOME).await, Err(Error::Rejected));
    }
    assert_eq!(attempt("kestrel", HOME).await, Err(Error::Throttled { seconds: 2 }));
    assert!(attempt("kestrel", Some("192.0.2.2".parse().unwrap())).await.is_ok());
    fixture.clock.fetch_add(2000, Ordering::Relaxed);
    for _ in 0..50 {
        assert!(attempt("kestrel", HOME).await.is_ok());
    }
}

#[tokio::test]
async fn a_certificate_signs_in_who_it_belongs_to() {
    let fixture = fixture().await;
    let alice = fixture.account("alice").await;
    let fingerprint = "a".repeat(64);
    let certificate = Certificate {
        account: alice.id,
        fingerprint: fingerprint.clone(),
        label: "laptop".into(),
        created_at: Timestamp(1),
    };
    fixture.store.add_certificate(certificate).await.unwrap();
    for authzid in ["", "alice", "ALICE"] {
        assert_eq!(fixture.auth.external(&fingerprint, authzid, HOME).await.unwrap(), alice);
    }
    assert_eq!(fixture.auth.external(&fingerprint, "bob", HOME).await, Err(Error::Rejected));
    assert_eq!(fixture.auth.external(&"b".repeat(64), "", HOME).await, Err(Error::Rejected));
    fixture.store.set_suspended(alice.id, true).await.unwrap();
    assert_eq!(fixture.auth.external(&fingerprint, "", HOME).await, Err(Error::Rejected));
}

#[tokio::test]
async fn a_login_makes_a_weak_hash_anew() {
    let fixture = fixture().await;
    fixture.account("alice").await;
    let hash = async || fixture.store.account(&name("alice")).await.unwrap().password_hash.unwrap();
    let before = hash().await;
    fixture.sign_in("alice", "kestrel").await.unwrap();
    assert_eq!(hash().await, before);
    let stronger = authenticator(&fixture.store, &fixture.clock, Cost { passes: 3, ..LOW });
    assert!(stronger.plain(&plain("alice", "wrong!"), HOME).await.is_err());
    assert_eq!(hash().await, before);
    stronger.plain(&plain("alice", "kestrel"), HOME).await.unwrap();
    assert!(hash().await.contains("t=3"), "{}", hash().await);
    stronger.plain(&plain("alice", "kestrel"), HOME).await.unwrap();
}

#[tokio::test]
async fn an_invitation_makes_accounts_of_its_role() {
    let fixture = fixture().await;
    let expires_at = Some(Timestamp(2_000_000));
    let (code, made) = fixture.auth.invite(AccountRole::Admin, 1, expires_at, "server").await.unwrap();
    assert_eq!((made.uses_left, made.creator.as_str()), (1, "server"));
    let auth = &fixture.auth;
    assert_eq!(auth.check_invitation(&code.to_uppercase(), HOME).await, Ok(AccountRole::Admin));
    let register =
        async |text: &str, code: Option<&str>| auth.register(newcomer(text, code), "kestrel", HOME).await;
    let alice = register("alice", Some(&code)).await.unwrap();
    assert_eq!(alice.role, AccountRole::Admin);
    assert_eq!(register("bob", Some(&code)).await, Err(Error::InvitationInvalid));
    assert_eq!(auth.check_invitation(&code, HOME).await, Err(Error::InvitationInvalid));
    assert_eq!(register("bob", None).await.unwrap().role, AccountRole::Member);
    assert_eq!(register("b0b", None).await, Err(Error::NameTaken));
    assert!(fixture.sign_in("alice", "kestrel").await.is_ok());
}

#[tokio::test]
async fn codes_cannot_be_tried_at_leisure() {
    let fixture = fixture().await;
    let mut refused = 0;
    for _ in 0..40 {
        match fixture.auth.check_invitation("k3x9p-0v7wz-m2n8d-q5rjt", HOME).await {
            Err(Error::InvitationInvalid) => assert_eq!(refused, 0),
            Err(Error::Throttled { .. }) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(refused, 20);
}

#[tokio::test]
async fn new_passwords_have_bounds() {
    let fixture = fixture().await;
    let alice = fixture.account("alice").await;
    let set = async |text: &str| {
        let result = fixture.auth.set_password(&alice, Zeroizing::new(text.into())).await;
        let registered = fixture.auth.register(newcomer("bob", None), text, None).await.map(|_| ());
        assert_eq!(result, registered, "{text}");
        if registered.is_ok() {
            let bob = fixture.store.account(&name("bob")).await.unwrap();
            fixture.store.delete_account(bob.id).await.unwrap();
        }
        result
    };
    assert_eq!(set("short").await, Err(Error::WeakPassword(Weakness::Short { min: 6 })));
    assert_eq!(set(&"x".repeat(1025)).await, Err(Error::PasswordTooLong));
    assert_eq!(set("Passw0rd!").await, Err(Error::WeakPassword(Weakness::Common)));
    assert_eq!(set("localhost1").await, Err(Error::WeakPassword(Weakness::Name)));
    // 113 times nine bytes and seven.
    let longest = "häßlich".repeat(113) + "Zwerge!";
    assert_eq!((longest.len(), set(&longest).await), (1024, Ok(())));
    assert!(fixture.sign_in("alice", &longest).await.is_ok());
    assert_eq!(fixture.sign_in("alice", "kestrel").await, Err(Error::Rejected));
}

#[tokio::test]
async fn a_store_that_is_gone_is_nobodys_failure() {
    let fixture = fixture().await;
    fixture.account("alice").await;
    fixture.store.close().await;
    for _ in 0..30 {
        let result = fixture.auth.plain(&plain("alice", "kestrel"), HOME).await;
        assert!(matches!(result, Err(Error::Unavailable(_))), "{result:?}");
        let shown = result.unwrap_err().to_string();
        assert_eq!(shown, "accounts are unavailable for the moment; try again later");
    }
}

#[tokio::test]
async fn an_attempt_that_is_broken_off_has_failed_and_nobody_waits_for_it() {
    let fixture = fixture().await;
    fixture.account("alice").await;
    for _ in 0..3 {
        let guess = plain("alice", "wrong");
        tokio::select! {
            biased;
            done = fixture.auth.sign_in(&guess, HOME) => panic!("{done:?}"),
            () = std::future::ready(()) => {}
        }
    }
    let judged = fixture.auth.plain(&plain("alice", "secret"), HOME).await;
    assert_eq!(judged.unwrap_err(), Error::Throttled { seconds: 2 });
}
