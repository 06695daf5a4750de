//! Several devices of one person, and staying a member without any.

use crate::support::{PASSWORD, Server};

#[tokio::test]
async fn two_devices_are_one_person() {
    let server = Server::start();
    let mut phone = server.newcomer("alice", &["echo-message", "message-tags"]).await;
    phone.run("JOIN #room").await;
    let mut bob = server.newcomer("bob", &["message-tags"]).await;
    bob.run("JOIN #room").await;

    let mut laptop = server.connect().await;
    let greeting = laptop.login("alice", PASSWORD, &["message-tags"]).await;
    assert!(greeting.iter().any(|m| m.is("JOIN", &["#room"])), "{greeting:?}");
    let noticed = bob.sync().await;
    assert!(noticed.iter().all(|m| m.nick() != "alice"), "nobody sees a second device: {noticed:?}");

    bob.send("PRIVMSG #room :to all of you").await;
    let copies = [phone.until("PRIVMSG").await, laptop.until("PRIVMSG").await];
    assert_eq!(copies[0].line, copies[1].line);

    let echo = phone.ask("PRIVMSG #room :from the phone", "PRIVMSG").await;
    let shown = laptop.until("PRIVMSG").await;
    assert_eq!((shown.nick(), shown.tag("msgid")), ("alice", echo.tag("msgid")));
    let names = bob.ask("NAMES #room", "353").await;
    assert_eq!(names.last().matches("alice").count(), 1, "{names}");
}

#[tokio::test]
async fn what_one_device_says_in_private_is_on_the_other() {
    let server = Server::start();
    let mut phone = server.newcomer("alice", &[]).await;
    let mut laptop = server.login("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    phone.send("PRIVMSG bob :between us").await;
    let shown = laptop.until("PRIVMSG").await;
    assert_eq!((shown.nick(), shown.param(0)), ("alice", "bob"));
    bob.send("PRIVMSG alice :yes").await;
    assert_eq!(phone.until("PRIVMSG").await.last(), "yes");
    assert_eq!(laptop.until("PRIVMSG").await.last(), "yes");
}

#[tokio::test]
async fn joining_and_leaving_is_for_all_devices() {
    let server = Server::start();
    let mut phone = server.newcomer("alice", &[]).await;
    let mut laptop = server.login("alice", &[]).await;
    phone.send("JOIN #room").await;
    laptop.expect("the JOIN", |m| m.is("JOIN", &["#room"])).await;
    laptop.expect("the names", |m| m.is("366", &["alice", "#room"])).await;
    laptop.send("PART #room").await;
    phone.expect("the PART", |m| m.is("PART", &["#room"])).await;
    phone.send("NICK alicia").await;
    assert_eq!(laptop.until("NICK").await.last(), "alicia");
}

#[tokio::test]
async fn one_device_leaves_and_the_person_stays() {
    let server = Server::start();
    let phone = server.newcomer("alice", &[]).await;
    let mut laptop = server.login("alice", &[]).await;
    laptop.run("JOIN #room").await;
    let mut bob = server.newcomer("bob", &[]).await;
    bob.run("JOIN #room").await;
    drop(phone);
    bob.send("PRIVMSG alice :still there?").await;
    assert_eq!(laptop.until("PRIVMSG").await.last(), "still there?");
    let noticed = bob.sync().await;
    assert!(noticed.iter().all(|m| m.command != "QUIT"), "{noticed:?}");
}

#[tokio::test]
async fn an_account_without_a_device_stays_a_member() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #room").await;
    let mut bob = server.newcomer("bob", &["echo-message"]).await;
    bob.run("JOIN #room").await;
    alice.send("QUIT :good night").await;
    alice.closed().await;
    let names = bob.ask("NAMES #room", "353").await;
    assert!(names.last().contains("@alice"), "{names}");
    bob.ask("PRIVMSG #room :while you slept", "PRIVMSG").await;

    let mut alice = server.connect().await;
    let greeting = alice.login("alice", PASSWORD, &[]).await;
    let joined = greeting.iter().position(|m| m.is("JOIN", &["#room"]));
    let missed = greeting.iter().position(|m| m.is("PRIVMSG", &["#room", "while you slept"]));
    assert!(joined.is_some() && joined < missed, "{greeting:?}");
    let seen = bob.sync().await;
    assert!(seen.iter().all(|m| !["QUIT", "JOIN"].contains(&m.command.as_str())), "{seen:?}");
}

#[tokio::test]
async fn without_always_on_membership_ends_with_the_last_device() {
    let server = Server::with(&["--always-on=false"]);
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #room").await;
    let mut bob = server.newcomer("bob", &[]).await;
    bob.run("JOIN #room").await;
    alice.send("QUIT :good night").await;
    alice.closed().await;
    let seen = bob.expect("alice's QUIT", |m| m.command == "QUIT").await;
    assert_eq!(seen.nick(), "alice");
}

#[tokio::test]
async fn read_markers_are_shared_and_never_go_back() {
    let server = Server::start();
    let caps = ["draft/read-marker"];
    let mut phone = server.newcomer("alice", &caps).await;
    let shown = phone.run("JOIN #room").await;
    let place = |command: &str| shown.iter().position(|m| m.command == command);
    assert!(place("MARKREAD") < place("366"), "{shown:?}");
    assert_eq!(phone.ask("MARKREAD #room", "MARKREAD").await.params, ["#room", "*"]);

    let mut laptop = server.login("alice", &caps).await;
    let (early, late) = ("timestamp=2025-01-01T00:00:00.000Z", "timestamp=2025-06-01T00:00:00.000Z");
    assert_eq!(phone.ask(&format!("MARKREAD #room {late}"), "MARKREAD").await.last(), late);
    assert_eq!(laptop.until("MARKREAD").await.params, ["#room", late]);
    assert_eq!(phone.ask(&format!("MARKREAD #room {early}"), "MARKREAD").await.last(), late);
    assert_eq!(phone.ask("MARKREAD", "FAIL").await.params[..2], ["MARKREAD", "NEED_MORE_PARAMS"]);
    assert_eq!(phone.ask("MARKREAD #room when", "FAIL").await.params[..2], ["MARKREAD", "INVALID_PARAMS"]);
    assert_eq!(laptop.ask("MARKREAD bob", "MARKREAD").await.params, ["bob", "*"]);
}

#[tokio::test]
async fn what_is_said_in_private_while_the_last_device_leaves_is_not_lost() {
    let server = Server::with(&["--flood-per-second=0"]);
    let mut bob = server.newcomer("bob", &["echo-message"]).await;
    server.adduser("alice");
    let mut alice = server.login("alice", &[]).await;
    for round in 0..15 {
        let text = format!("round {round}");
        let line = format!("PRIVMSG alice :{text}");
        bob.sync().await;
        alice.sync().await;
        let saying = bob.ask(&line, "PRIVMSG");
        let leaving = async {
            alice.send("QUIT").await;
            alice.closed().await
        };
        let (_, seen) = tokio::join!(saying, leaving);
        alice = server.connect().await;
        let greeting = alice.login("alice", PASSWORD, &[]).await;
        assert!(seen.iter().chain(&greeting).any(|m| m.last() == text), "{text}: {seen:?} {greeting:?}");
    }
}
