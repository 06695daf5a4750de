//! Bans and the audit log.

use crate::clock::Timestamp;
use crate::store::Error;
use crate::store::audit::{Audit, Deed, Outcome};
use crate::store::bans::{Ban, Bans};

fn ban(target: &str, at: i64, expires_at: Option<i64>) -> Ban {
    Ban {
        target: target.parse().unwrap(),
        reason: Some("noise".into()),
        creator: "alice".into(),
        created_at: Timestamp(at),
        expires_at: expires_at.map(Timestamp),
    }
}

fn deed(action: &str) -> Deed {
    Deed {
        at: Timestamp(7),
        who: "alice".into(),
        action: action.into(),
        target: Some("bob".into()),
        detail: None,
    }
}

pub(crate) async fn bans_are_kept_replaced_and_lifted(store: &impl Bans) {
    let (bob, network) = (ban("account:bob", 5, None), ban("192.0.2.0/24", 6, Some(100)));
    store.add_ban(bob.clone()).await.unwrap();
    store.add_ban(network.clone()).await.unwrap();
    assert_eq!(store.bans().await.unwrap(), [bob.clone(), network.clone()]);
    let again = Ban { reason: None, ..ban("account:BOB", 9, Some(50)) };
    store.add_ban(again.clone()).await.unwrap();
    assert_eq!(store.bans().await.unwrap(), [network.clone(), again]);
    store.delete_ban(&"Account:Bob".parse().unwrap()).await.unwrap();
    assert_eq!(store.bans().await.unwrap(), [network]);
    assert!(matches!(store.delete_ban(&bob.target).await, Err(Error::NotFound)));
}

pub(crate) async fn a_ban_that_has_ended_goes_with_the_next_one(store: &impl Bans) {
    store.add_ban(ban("192.0.2.1", 5, Some(10))).await.unwrap();
    store.add_ban(ban("192.0.2.2", 9, None)).await.unwrap();
    assert_eq!(store.bans().await.unwrap().len(), 2);
    let later = ban("192.0.2.3", 10, None);
    store.add_ban(later.clone()).await.unwrap();
    assert_eq!(store.bans().await.unwrap(), [ban("192.0.2.2", 9, None), later]);
}

pub(crate) async fn the_audit_log_tells_what_was_done_and_what_came_of_it(store: &impl Audit) {
    assert!(store.records(10).await.unwrap().is_empty());
    let first = store.record(deed("kill"), Outcome::Begun).await.unwrap();
    let second = store.record(deed("oper"), Outcome::Refused).await.unwrap();
    assert!(second > first);
    store.set_outcome(first, Outcome::Done).await.unwrap();
    let records = store.records(10).await.unwrap();
    let shown: Vec<_> = records.iter().map(|one| (one.id, one.deed.action.as_str(), one.outcome)).collect();
    assert_eq!(shown, [(first, "kill", Outcome::Done), (second, "oper", Outcome::Refused)]);
    assert_eq!(records[0].deed, deed("kill"));
    assert_eq!(store.records(1).await.unwrap()[0].id, second);
    assert!(matches!(store.set_outcome(999, Outcome::Done).await, Err(Error::NotFound)));
}

pub(crate) async fn what_strangers_and_members_cause_pushes_out_nothing_else(store: &impl Audit) {
    use crate::limits::{AUDIT_OWN_ROWS_MAX, AUDIT_REFUSED_ROWS_MAX};
    let first = store.record(deed("ban"), Outcome::Done).await.unwrap();
    let own = Deed { who: "bob".into(), target: Some("bob".into()), ..deed("add_token") };
    for (deed, outcome, most) in
        [(deed("oper"), Outcome::Refused, AUDIT_REFUSED_ROWS_MAX), (own, Outcome::Done, AUDIT_OWN_ROWS_MAX)]
    {
        for _ in 0..most + 200 {
            store.record(deed.clone(), outcome).await.unwrap();
        }
        let records = store.records(usize::MAX).await.unwrap();
        assert_eq!(records[0].id, first);
        let kept = records.iter().filter(|one| one.deed == deed).count();
        assert!((most..most + 200).contains(&kept), "{kept}");
    }
}
