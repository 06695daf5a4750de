//! What every store must do with second factors.

use crate::auth::totp::TotpSecret;
use crate::clock::Timestamp;
use crate::store::Error;
use crate::store::accounts::Accounts;
use crate::store::second_factors::SecondFactor;

use super::{NOBODY, account};

pub(crate) async fn a_second_factor_is_in_force_once_it_is_confirmed(store: &impl Accounts) {
    let alice = account(store, "alice").await.id;
    let (first, second) = (TotpSecret::of(vec![1; 20]), TotpSecret::of(vec![2; 20]));
    assert_eq!(store.second_factor(alice).await.unwrap(), None);
    assert!(matches!(
        store.confirm_second_factor(alice, 1, vec![], Timestamp(1)).await,
        Err(Error::NotFound)
    ));
    store.set_second_factor(alice, &first).await.unwrap();
    store.set_second_factor(alice, &second).await.unwrap();
    let stored =
        |in_force, recovery_codes| Some(SecondFactor { secret: second.clone(), in_force, recovery_codes });
    assert_eq!(store.second_factor(alice).await.unwrap(), stored(false, 0));
    let hashes = vec!["one".to_owned(), "two".to_owned()];
    store.confirm_second_factor(alice, 7, hashes.clone(), Timestamp(1)).await.unwrap();
    assert_eq!(store.second_factor(alice).await.unwrap(), stored(true, 2));
    assert!(matches!(
        store.confirm_second_factor(alice, 8, hashes, Timestamp(1)).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(store.set_second_factor(alice, &first).await, Err(Error::NotFound)));
    assert!(matches!(store.set_second_factor(NOBODY, &first).await, Err(Error::NotFound)));
}

pub(crate) async fn a_code_of_the_second_factor_is_good_once(store: &impl Accounts) {
    let (alice, bob) = (account(store, "alice").await.id, account(store, "bob").await.id);
    for owner in [alice, bob] {
        store.set_second_factor(owner, &TotpSecret::of(vec![1; 20])).await.unwrap();
        store.confirm_second_factor(owner, 7, vec!["one".into(), "two".into()], Timestamp(1)).await.unwrap();
    }
    for (step, is_good) in [(6, false), (7, false), (8, true), (8, false), (7, false), (10, true)] {
        assert_eq!(store.use_step(alice, step).await.is_ok(), is_good, "{step}");
    }
    for (hash, is_good) in [("three", false), ("one", true), ("one", false)] {
        assert_eq!(store.use_recovery_code(alice, hash).await.is_ok(), is_good, "{hash}");
    }
    assert_eq!(store.second_factor(bob).await.unwrap().unwrap().recovery_codes, 2);
    store.delete_second_factor(alice).await.unwrap();
    assert_eq!(store.second_factor(alice).await.unwrap(), None);
    assert!(store.use_recovery_code(alice, "two").await.is_err());
    assert!(matches!(store.delete_second_factor(alice).await, Err(Error::NotFound)));
    store.delete_account(bob).await.unwrap();
    assert_eq!(store.second_factor(bob).await.unwrap(), None);
}
