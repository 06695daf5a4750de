//! How much anybody may set, subscribe to and be shown of metadata.

use crate::metadata::{CAPS, list, refused, start, values};
use crate::support::Message;

#[tokio::test]
async fn a_key_and_a_value_have_their_limits() {
    let server = start();
    let mut alice = server.newcomer("alice", &CAPS).await;
    let caps = alice.run("CAP LS 302").await;
    let caps: String = caps.iter().map(Message::last).collect::<Vec<_>>().join(" ");
    let limits = "draft/metadata-3=before-connect,max-subs=50,max-keys=20,max-value-bytes=300";
    assert!(caps.split(' ').any(|cap| cap == limits), "{caps}");
    let long = "x".repeat(301);
    assert_eq!(refused(&mut alice, &format!("METADATA * SET a :{long}")).await, "INVALID_VALUE a");
    alice.send_bytes(b"METADATA * SET a :\xc3\x28").await;
    assert_eq!(alice.until("FAIL").await.param(1), "INVALID_UTF8");
    for key in ["$url$", "Avatar", &"k".repeat(33)] {
        for asked in [format!("SET {key} :x"), format!("GET {key}"), format!("SUB {key}")] {
            let line = format!("METADATA * {asked}");
            assert_eq!(refused(&mut alice, &line).await, format!("INVALID_KEY {key}"));
        }
    }
    for (line, code) in [
        ("METADATA * DESTROY", "SUBCOMMAND_INVALID DESTROY"),
        ("METADATA $a:user LIST", "INVALID_TARGET $a:user"),
        ("METADATA nobody GET a", "INVALID_TARGET nobody"),
        ("METADATA #no LIST", "INVALID_TARGET #no"),
    ] {
        assert_eq!(refused(&mut alice, line).await, code);
    }
    for line in ["METADATA *", "METADATA * GET", "METADATA * SET", "METADATA * SUB"] {
        assert_eq!(alice.ask(line, "461").await.param(1), "METADATA");
    }
    let longest = "y".repeat(300);
    let key = "k".repeat(32);
    let room = format!("#{}", "r".repeat(63));
    alice.run(&format!("JOIN {room}")).await;
    let set = alice.run(&format!("METADATA {room} SET {key} :{longest}")).await;
    assert_eq!(values(&set), [format!("{room} {key} {longest}")]);
    assert!(set[0].line.len() <= 510);
    for n in 0..20 {
        alice.run(&format!("METADATA * SET k{n} :v")).await;
    }
    assert_eq!(refused(&mut alice, "METADATA * SET one.more :v").await, "LIMIT_REACHED alice");
    assert_eq!(values(&alice.run("METADATA * SET k7 :w").await), ["alice k7 w"], "changing is free");
    assert_eq!(list(&mut alice, "*").await.len(), 20);
}

#[tokio::test]
async fn changes_that_come_too_fast_are_refused() {
    let server = start();
    let mut alice = server.newcomer("alice", &CAPS).await;
    let lines: String = (0..60).map(|n| format!("METADATA * SET color :{n}\r\n")).collect();
    alice.send_raw(lines.as_bytes()).await;
    let answers = alice.sync().await;
    let refused = answers.iter().find(|m| m.command == "FAIL").unwrap();
    assert_eq!(refused.params[..4], ["METADATA", "RATE_LIMITED", "alice", "color"]);
    assert!(refused.param(4).parse::<u64>().unwrap() >= 1);
    assert!(values(&answers).len() >= 30);
    let kept = values(&answers).last().cloned();
    assert_eq!(list(&mut alice, "*").await.last().cloned(), kept);
}

#[tokio::test]
async fn what_is_too_much_at_once_is_asked_for_in_parts() {
    let server = start();
    let mut reader = server.newcomer("reader", &CAPS).await;
    reader.run("JOIN #room").await;
    let mut guests = Vec::new();
    for n in 0..26 {
        let mut guest = server.guest(&format!("g{n}")).await;
        let lines: String = (0..20).map(|k| format!("METADATA * SET k{k} :v\r\n")).collect();
        guest.send_raw(format!("{lines}JOIN #room\r\n").as_bytes()).await;
        guests.push(guest);
    }
    for guest in &mut guests {
        guest.sync().await;
    }
    let keys = |from: usize| (from..from + 10).map(|k| format!("k{k}")).collect::<Vec<_>>().join(" ");
    let answer = reader.run(&format!("METADATA * SUB {}", keys(0))).await;
    assert_eq!(values(&answer).len(), 260);
    reader.run(&format!("METADATA * SUB {}", keys(10))).await;
    let first = reader.run("METADATA #room SYNC").await;
    let later = first.last().unwrap();
    assert!(later.is("774", &["reader", "#room"]), "{later}");
    let rest = reader.run("METADATA #room SYNC").await;
    assert_eq!(rest.last().unwrap().command, "BATCH");
    let mut all = [values(&first), values(&rest)].concat();
    assert_eq!(all.len(), 520);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 520);
}
