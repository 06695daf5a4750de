//! Watching who comes and goes.

use std::collections::BTreeMap;

use crate::support::{Client, Message, PASSWORD, Server};

fn start() -> Server {
    Server::with(&["--guests", "--default-room=", "--flood-per-second=0"])
}

/// What 730 and 731 say, in order: `+nick` and `-nick`.
pub(crate) fn changes(messages: &[Message]) -> Vec<String> {
    let told = messages.iter().filter(|m| ["730", "731"].contains(&&*m.command));
    let nick = |target: &str| target.split('!').next().unwrap_or_default().to_owned();
    told.flat_map(|m| {
        let sign = if m.command == "730" { '+' } else { '-' };
        m.last().split(',').map(move |target| format!("{sign}{}", nick(target))).collect::<Vec<_>>()
    })
    .collect()
}

/// Who is there after all that was told.
pub(crate) fn picture(messages: &[Message]) -> BTreeMap<String, bool> {
    let changes = changes(messages);
    changes.iter().map(|change| (change[1..].to_lowercase(), change.starts_with('+'))).collect()
}

pub(crate) async fn told(client: &mut Client) -> Vec<String> {
    changes(&client.sync().await)
}

pub(crate) async fn leave(mut client: Client) {
    client.send("QUIT").await;
    client.closed().await;
}

#[tokio::test]
async fn who_is_watched_is_told_of_when_they_come_and_go() {
    let server = start();
    let mut watcher = server.guest("wanda").await;
    let answer = watcher.run("MONITOR + Bob,wanda").await;
    assert_eq!(changes(&answer), ["+wanda", "-Bob"]);
    assert!(answer[0].last().starts_with("wanda!") && answer[0].source == "localhost", "{answer:?}");
    let mut bob = server.guest("bob").await;
    assert_eq!(told(&mut watcher).await, ["+bob"]);
    bob.run("MODE bob +i").await;
    bob.run("NICK BOB").await;
    assert!(watcher.sync().await.is_empty(), "another spelling is the same nick");
    bob.run("NICK rob").await;
    assert_eq!(told(&mut watcher).await, ["-BOB"]);
    bob.run("NICK bob").await;
    assert_eq!(told(&mut watcher).await, ["+bob"]);
    leave(bob).await;
    assert_eq!(told(&mut watcher).await, ["-bob"]);
    assert!(watcher.run("MONITOR - BOB").await.is_empty());
    let bob = server.guest("bob").await;
    assert!(watcher.sync().await.is_empty());
    drop(bob);
}

#[tokio::test]
async fn an_account_that_stays_without_a_session_is_offline_until_it_returns() {
    let mut server = start();
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #room").await;
    alice.run("NICK alicia").await;
    let mut watcher = server.guest("wanda").await;
    assert_eq!(changes(&watcher.run("MONITOR + alice,alicia").await), ["+alicia", "-alice"]);
    leave(alice).await;
    assert_eq!(told(&mut watcher).await, ["-alicia"]);
    let names = watcher.ask("NAMES #room", "353").await;
    assert!(names.last().contains("alicia"), "it stays a member: {names}");

    server.restart();
    let mut watcher = server.guest("wanda").await;
    assert!(watcher.ask("MONITOR L", "733").await.is("733", &["wanda"]));
    assert_eq!(changes(&watcher.run("MONITOR + alice,alicia").await), ["-alice", "-alicia"]);
    let alice = server.login("alice", &[]).await;
    assert_eq!(told(&mut watcher).await, ["+alice"]);
    leave(alice).await;
    assert_eq!(told(&mut watcher).await, ["-alice"]);
}

#[tokio::test]
async fn several_devices_come_and_go_as_one_person() {
    let server = start();
    let phone = server.newcomer("alice", &[]).await;
    let mut watcher = server.guest("wanda").await;
    watcher.run("MONITOR + alice").await;
    let mut laptop = server.login("alice", &[]).await;
    leave(phone).await;
    assert!(watcher.sync().await.is_empty());
    // Each device has a list of its own.
    laptop.run("MONITOR + wanda").await;
    let mut tablet = server.login("alice", &[]).await;
    assert_eq!(tablet.run("MONITOR L").await.len(), 1);
    leave(tablet).await;
    leave(watcher).await;
    assert_eq!(told(&mut laptop).await, ["-wanda"]);
}

#[tokio::test]
async fn an_account_that_is_removed_goes_offline() {
    let server = start();
    let mut alice = server.newcomer("alice", &[]).await;
    let mut watcher = server.guest("wanda").await;
    watcher.run("MONITOR + alice").await;
    server.chatctl(&["deluser", "alice", "--yes"]).success();
    alice.closed().await;
    assert_eq!(told(&mut watcher).await, ["-alice"]);
}

#[tokio::test]
async fn without_always_on_a_nick_is_given_back_and_watched_all_the_same() {
    let server = Server::with(&["--guests", "--default-room=", "--always-on=false"]);
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("NICK alicia").await;
    let mut watcher = server.guest("wanda").await;
    watcher.run("MONITOR + alice,alicia").await;
    leave(alice).await;
    assert_eq!(told(&mut watcher).await, ["-alicia"]);
    let _alice = server.login("alice", &[]).await;
    assert_eq!(told(&mut watcher).await, ["+alice"]);
}

#[tokio::test]
async fn whoever_races_for_nicks_leaves_a_true_picture() {
    let server = start();
    let nicks = ["nora", "nils", "nina"];
    let mut watcher = server.guest("wanda").await;
    let mut racers = [server.guest("nora").await, server.guest("nils").await];
    watcher.send(format!("MONITOR + {}", nicks.join(","))).await;
    for (number, racer) in racers.iter_mut().enumerate() {
        let wanted = |n: usize| nicks.iter().cycle().nth(n * (number + 1)).unwrap();
        let lines: String = (0..60).map(|n| format!("NICK {}\r\n", wanted(n))).collect();
        racer.send_raw(lines.as_bytes()).await;
    }
    watcher.send("MONITOR - nina\r\nMONITOR + nina").await;
    for racer in &mut racers {
        racer.sync().await;
    }
    let told = picture(&watcher.sync().await);
    let truth = picture(&watcher.run("MONITOR S").await);
    assert_eq!(told, truth);
    assert_eq!(truth.values().filter(|is_there| **is_there).count(), 2);
}

#[tokio::test]
async fn a_list_is_shown_limited_and_cleared() {
    let server = start();
    let mut watcher = server.guest("wanda").await;
    let nicks: Vec<String> = (0..99).map(|n| format!("n{n}")).collect();
    for nicks in nicks.chunks(33) {
        watcher.run(&format!("MONITOR + {}", nicks.join(","))).await;
    }
    assert!(watcher.run("MONITOR + N1,n2,n2").await.iter().all(|m| m.command == "731"));
    let answer = watcher.run("MONITOR + one,n1,two,three").await;
    assert_eq!(changes(&answer), ["-one", "-n1"]);
    let full = answer.iter().find(|m| m.command == "734").unwrap();
    assert_eq!(full.params[..3], ["wanda", "100", "two,three"]);
    let list = watcher.run("MONITOR L").await;
    assert_eq!(list.last().unwrap().command, "733");
    let listed: Vec<&str> =
        list.iter().filter(|m| m.command == "732").flat_map(|m| m.last().split(',')).collect();
    assert_eq!(listed.len(), 100);
    assert!(listed.contains(&"n98") && listed.contains(&"one"));
    assert!(list.iter().all(|m| m.line.len() <= 510));
    assert_eq!(changes(&watcher.run("MONITOR S").await).len(), 100);

    assert!(watcher.run("MONITOR C").await.is_empty());
    assert_eq!(watcher.run("MONITOR L").await.len(), 1);
    assert!(watcher.run("MONITOR S").await.is_empty());
    let bob = server.guest("one").await;
    assert!(watcher.sync().await.is_empty());
    drop(bob);
}

#[tokio::test]
async fn what_is_no_nick_can_not_be_watched() {
    let server = start();
    let mut watcher = server.guest("wanda").await;
    for mask in ["*!*@*", "b*b", "#room", "1st"] {
        assert_eq!(watcher.ask(&format!("MONITOR + {mask}"), "432").await.param(1), mask);
    }
    for line in ["MONITOR +", "MONITOR - "] {
        assert_eq!(watcher.ask(line, "461").await.param(1), "MONITOR");
    }
    let refused = watcher.ask("MONITOR X bob", "FAIL").await;
    assert_eq!(refused.params[..3], ["MONITOR", "INVALID_PARAMS", "X"]);
    let mut early = server.connect().await;
    early.ask("MONITOR + bob", "451").await;
}

#[tokio::test]
async fn the_answer_bears_the_label() {
    let server = start();
    let mut watcher = server.newcomer("wanda", &["labeled-response", "batch"]).await;
    let answer = watcher.run("@label=one MONITOR + wanda,nobody").await;
    let commands: Vec<_> = answer.iter().map(|m| m.command.as_str()).collect();
    assert_eq!(commands, ["BATCH", "730", "731", "BATCH"]);
    assert_eq!(answer[0].tag("label").as_deref(), Some("one"));
    let answer = watcher.run("@label=two MONITOR C").await;
    assert_eq!((answer.len(), answer[0].command.as_str()), (1, "ACK"));
}

#[tokio::test]
async fn extended_monitor_tells_of_strangers_what_the_other_capability_covers() {
    let server = start();
    let mut bob = server.newcomer("bob", &["setname"]).await;
    bob.run("JOIN #room").await;
    let mut watchers = Vec::new();
    let (extended, both) = ("extended-monitor", ["away-notify", "setname"]);
    for (nick, caps, in_room) in [
        ("w0", &[extended, both[0], both[1]][..], false),
        ("w1", &[extended, both[0], both[1]], true),
        ("w2", &[extended, both[0]], false),
        ("w3", &[extended, both[1]], false),
        ("w4", &[extended], false),
        ("w5", &both, false),
        ("w6", &both, true),
    ] {
        let mut watcher = server.newcomer(nick, caps).await;
        if in_room {
            watcher.run("JOIN #room").await;
        }
        watcher.run("MONITOR + bob").await;
        watchers.push(watcher);
    }
    bob.run("AWAY :gone fishing").await;
    bob.run("AWAY").await;
    bob.run("SETNAME :Robert").await;
    let expected = [
        &["AWAY", "AWAY", "SETNAME"][..],
        &["AWAY", "AWAY", "SETNAME"],
        &["AWAY", "AWAY"],
        &["SETNAME"],
        &[],
        &[],
        &["AWAY", "AWAY", "SETNAME"],
    ];
    for (watcher, expected) in watchers.iter_mut().zip(expected) {
        let told = watcher.sync().await;
        let told = told.iter().filter(|m| m.nick() == "bob" && m.command != "JOIN");
        assert_eq!(told.map(|m| m.command.as_str()).collect::<Vec<_>>(), expected);
    }
}

#[tokio::test]
async fn who_returns_away_is_shown_as_such_to_who_asked_for_more() {
    let server = start();
    server.adduser("alice");
    let mut more = server.newcomer("more", &["extended-monitor", "away-notify"]).await;
    let mut less = server.newcomer("less", &["away-notify"]).await;
    for watcher in [&mut more, &mut less] {
        assert_eq!(changes(&watcher.run("MONITOR + alice").await), ["-alice"]);
    }
    let mut alice = server.connect().await;
    alice.begin("alice", &["draft/pre-away"]).await;
    alice.ask("AWAY :on holiday", "306").await;
    alice.authenticate("alice", PASSWORD).await;
    alice.ask("CAP END", "422").await;
    let commands = |told: Vec<Message>| told.iter().map(|m| m.command.clone()).collect::<Vec<_>>();
    let told = more.sync().await;
    assert_eq!(told.last().unwrap().last(), "on holiday");
    assert_eq!(commands(told), ["730", "AWAY"]);
    assert_eq!(commands(more.run("MONITOR S").await), ["730", "AWAY"]);
    assert_eq!(commands(less.sync().await), ["730"]);
}

#[tokio::test]
async fn away_is_told_to_those_who_share_a_room_once_and_not_to_oneself() {
    let server = start();
    let mut alice = server.newcomer("alice", &["away-notify"]).await;
    let mut bob = server.newcomer("bob", &["away-notify"]).await;
    let mut stranger = server.newcomer("carol", &["away-notify"]).await;
    for room in ["#one", "#two"] {
        alice.run(&format!("JOIN {room}")).await;
        bob.run(&format!("JOIN {room}")).await;
    }
    alice.sync().await;
    let own = alice.run("AWAY :lunch").await;
    assert_eq!(own.iter().map(|m| m.command.as_str()).collect::<Vec<_>>(), ["306"]);
    assert_eq!(bob.sync().await.iter().filter(|m| m.command == "AWAY").count(), 1);
    assert!(stranger.sync().await.is_empty());
    bob.run("JOIN #three").await;
    let joined = alice.run("JOIN #three").await;
    assert!(joined.iter().all(|m| m.command != "AWAY"), "{joined:?}");
    let seen = bob.sync().await;
    let seen: Vec<_> = seen.iter().map(|m| (m.command.as_str(), m.last())).collect();
    assert_eq!(seen, [("JOIN", "#three"), ("AWAY", "lunch")]);
}
