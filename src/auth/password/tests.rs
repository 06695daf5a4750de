//! Hashes, verdicts, and a queue that is full.

use super::*;

const LOW: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };
const HIGH: Cost = Cost { memory_kib: 128, passes: 2, lanes: 1 };

fn password(text: &str) -> Password {
    Zeroizing::new(text.into())
}

#[tokio::test]
async fn a_password_is_right_or_wrong() {
    let passwords = Passwords::start(LOW, 2).unwrap();
    let hash = passwords.hash(None, password("secret")).await.unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
    assert_ne!(hash, passwords.hash(None, password("secret")).await.unwrap(), "the salt differs");
    let verify = async |text: &str| passwords.verify(None, password(text), Some(hash.clone())).await.unwrap();
    assert_eq!(verify("secret").await, Verdict { ok: true, needs_rehash: false });
    assert!(!verify("Secret").await.ok);
    assert!(!verify("").await.ok);
}

#[tokio::test]
async fn hashes_of_other_programs_are_understood() {
    // Made by the reference implementation: echo -n password | argon2 somesalt -id -m 16 -t 2
    let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let passwords = Passwords::start(LOW, 1).unwrap();
    let verdict = passwords.verify(None, password("password"), Some(stored.into())).await.unwrap();
    assert_eq!(verdict, Verdict { ok: true, needs_rehash: false });
}

#[tokio::test]
async fn a_hash_of_lower_cost_is_to_be_made_again() {
    let (low, high) = (Passwords::start(LOW, 1).unwrap(), Passwords::start(HIGH, 1).unwrap());
    let hash = low.hash(None, password("secret")).await.unwrap();
    let verdict = high.verify(None, password("secret"), Some(hash)).await.unwrap();
    assert_eq!(verdict, Verdict { ok: true, needs_rehash: true });
    let hash = high.hash(None, password("secret")).await.unwrap();
    let verdict = low.verify(None, password("secret"), Some(hash)).await.unwrap();
    assert_eq!(verdict, Verdict { ok: true, needs_rehash: false });
}

#[test]
fn a_hash_of_lower_cost_takes_as_much_work_as_one_of_today() {
    let params = |memory_kib, passes| Params::new(memory_kib, passes, 1, None).unwrap();
    let wanted = params(19_456, 2);
    for (memory_kib, passes, left) in [
        (19_456, 2, None),
        (65_536, 3, None),
        (19_456, 1, Some((19_456, 1))),
        (4096, 3, Some((13_312, 2))),
        (64, 1, Some((19_424, 2))),
        (12_970, 3, None),
    ] {
        assert_eq!(missing(&wanted, &params(memory_kib, passes)), left, "{memory_kib} {passes}");
    }
}

#[tokio::test]
async fn no_hash_and_a_damaged_one_are_never_right() {
    let passwords = Passwords::start(LOW, 1).unwrap();
    for stored in [None, Some(""), Some("plain"), Some("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ")] {
        let verdict = passwords.verify(None, password("x"), stored.map(str::to_owned)).await.unwrap();
        assert!(!verdict.ok, "{stored:?}");
    }
}

#[tokio::test]
async fn a_full_queue_is_busy_and_recovers() {
    let passwords = Passwords::start(Cost { memory_kib: 8192, passes: 1, lanes: 1 }, 1).unwrap();
    let (mut answers, mut busy) = (Vec::new(), 0);
    for _ in 0..QUEUE_LEN_PER_THREAD * 2 {
        let (reply, mut answer) = oneshot::channel();
        passwords.send(None, Job::Verify(password("x"), None, reply));
        match answer.try_recv() {
            Ok(Err(Error::Busy)) => busy += 1,
            Ok(_) | Err(_) => answers.push(answer),
        }
    }
    assert!(busy > 0);
    let elsewhere = Some(IpAddr::from([192, 0, 2, 1]));
    assert!(passwords.verify(elsewhere, password("x"), None).await.is_ok(), "others have their turn");
    // Nobody listens any more: the queue empties at once.
    drop(answers);
    while passwords.verify(None, password("x"), None).await == Err(Error::Busy) {
        tokio::task::yield_now().await;
    }
}

#[test]
fn impossible_costs_are_refused() {
    let error = Passwords::start(Cost { memory_kib: 1, passes: 0, lanes: 0 }, 1).unwrap_err();
    assert!(error.to_string().contains("memory_kib: 1"), "{error}");
}
