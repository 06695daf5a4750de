//! What programs do in the name of an account: by the same rules, whether it is there or not.

use super::*;
use crate::ids::AccountId;
use crate::names::AccountName;
use crate::store::accounts::{Account, AccountRole};

const ROBOT: AccountId = AccountId(7);

/// A bench with an account that is not there, and a guest in a room.
async fn bench(always_on: bool) -> (Bench, Guest) {
    let bench = Bench::new().await;
    let ann = bench.guest(1, "ann").await;
    bench.join(&ann, "#r").await.unwrap();
    let name = AccountName::parse("robot").unwrap();
    let account = Account {
        id: ROBOT,
        nick: Nick::from(&name),
        name,
        email: None,
        password_hash: None,
        role: AccountRole::Member,
        suspended: false,
        created_at: Timestamp(0),
        seen_at: None,
        always_on: Some(always_on),
    };
    bench.ask(&ann, Presence::Introduce(account)).await.unwrap();
    drop(ann.shown());
    (bench, ann)
}

impl Bench {
    async fn submit(&self, intent: room::Intent) -> Result<Outcome, Denied> {
        let room = RoomName::parse("#r").unwrap();
        self.journal.submit_for_account(ROBOT, Intent::InRoom { room, intent }).await
    }
}

#[tokio::test]
async fn an_account_that_is_not_there_speaks_and_does_not_come_or_go() {
    let (bench, ann) = bench(true).await;
    let say = |text: &str| room::Intent::Say(Said::plain(text));
    bench.submit(room::Intent::Join { key: None }).await.unwrap();
    let said = bench.submit(say("hello")).await.unwrap();
    assert!(matches!(said, Outcome::Entered { seq, .. } if seq.0 == 3), "{said:?}");
    assert_eq!(ann.shown(), ["robot joined", "robot: hello"]);
    let user = bench.journal.directory().user(UserId::Account(ROBOT)).unwrap();
    assert!(!user.is_online() && user.rooms.len() == 1);
    bench.store.refuses.store(true, Ordering::SeqCst);
    assert_eq!(bench.submit(say("lost")).await.unwrap_err(), Denied::Unavailable);
    assert!(ann.shown().is_empty());
}

#[tokio::test]
async fn who_stays_in_no_room_enters_none_by_an_intent_of_its_account() {
    let (bench, _ann) = bench(false).await;
    let denied = bench.submit(room::Intent::Join { key: None }).await.unwrap_err();
    assert_eq!(denied, Denied::NotConnected);
    let stranger = Intent::InRoom { room: RoomName::parse("#r").unwrap(), intent: room::Intent::Claim };
    let denied = bench.journal.submit_for_account(AccountId(99), stranger).await.unwrap_err();
    assert_eq!(denied, Denied::NotConnected);
}
