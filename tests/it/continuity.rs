//! What stays the same: history over restarts, and the one nick of a person with several devices.

use crate::support::{Client, PASSWORD, Server};

const CAPS: [&str; 6] =
    ["batch", "message-tags", "server-time", "account-tag", "draft/chathistory", "draft/event-playback"];

/// All that alice is told of the past, without the ids of batches, which are new each time.
async fn past(server: &Server) -> Vec<String> {
    let mut alice = server.login("alice", &CAPS).await;
    let mut all = Vec::new();
    for request in [
        "LATEST #room * 100",
        "AFTER #room timestamp=1970-01-01T00:00:00.000Z 3",
        "LATEST bob * 100",
        "TARGETS timestamp=1970-01-01T00:00:00.000Z timestamp=2200-01-01T00:00:00.000Z 100",
    ] {
        let lines = alice.run(&format!("CHATHISTORY {request}")).await;
        let inner = lines.iter().filter(|line| line.command != "BATCH");
        let without_batch = |line: &str| match line.strip_prefix("@batch=") {
            Some(rest) => rest.split_once([';', ' ']).unwrap().1.to_owned(),
            None => line.to_owned(),
        };
        all.extend(inner.map(|line| without_batch(&line.line)));
        all.push(format!("-- {request}"));
    }
    all
}

#[tokio::test]
async fn history_is_the_same_to_the_letter_after_a_restart_and_after_a_crash() {
    let mut server = Server::start();
    let mut alice = server.newcomer("alice", &["message-tags", "echo-message"]).await;
    let mut bob = server.newcomer("bob", &["message-tags"]).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    for n in 0..20 {
        alice.run(&format!("@+example=a\\sb;+draft/reply={n} PRIVMSG #room :one {n} é 🎉")).await;
        bob.run(&format!("NOTICE #room : two {n} :x ")).await;
    }
    alice.run("TOPIC #room :a new one").await;
    alice.run("@+draft/react=✓ TAGMSG #room").await;
    alice.run("MODE #room +v bob").await;
    bob.run("NICK bobby").await;
    bob.run("NICK bob").await;
    bob.run("PART #room :off").await;
    alice.run("PRIVMSG bob :between us").await;
    bob.run("PRIVMSG alice :and back").await;
    drop((alice, bob));
    let before = past(&server).await;
    assert!(before.len() > 50, "{before:#?}");
    assert!(
        before
            .iter()
            .filter(|line| !line.starts_with("--"))
            .all(|line| line.contains("time=") || line.contains("TARGETS"))
    );
    server.restart();
    assert_eq!(past(&server).await, before, "after a restart");
    server.kill();
    server.start_again();
    assert_eq!(past(&server).await, before, "after a crash");
}

/// A device that asks for this nick; returns the nick it is given.
async fn device(server: &Server, asks_for: &str) -> (Client, String) {
    let mut client = server.connect().await;
    client.begin(asks_for, &[]).await;
    assert_eq!(client.authenticate("alice", PASSWORD).await.command, "903");
    client.send("CAP END").await;
    let nick = client.until("001").await.param(0).to_owned();
    client.sync().await;
    (client, nick)
}

#[tokio::test]
async fn devices_that_ask_for_different_nicks_are_one_person_under_one_nick() {
    let server = Server::start();
    let mut bob = server.newcomer("bob", &[]).await;
    bob.run("JOIN #room").await;
    server.adduser("alice");
    let (mut laptop, nick) = device(&server, "alice").await;
    assert_eq!(nick, "alice");
    laptop.run("JOIN #room").await;
    bob.sync().await;

    let (mut phone, nick) = device(&server, "somebody").await;
    assert_eq!(nick, "alice", "the person is there under this nick");
    let (mut tablet, nick) = device(&server, "bob").await;
    assert_eq!(nick, "alice", "though somebody else has the one that was asked for");
    let told = bob.sync().await;
    assert!(told.is_empty(), "nobody came and nobody was renamed: {told:?}");
    assert!(laptop.sync().await.is_empty());

    phone.ask("NICK ally", "NICK").await;
    for client in [&mut laptop, &mut tablet, &mut bob] {
        let told = client.sync().await;
        let renamed: Vec<_> = told.iter().filter(|line| line.command == "NICK").collect();
        assert!(
            renamed.len() == 1 && renamed[0].nick() == "alice" && renamed[0].param(0) == "ally",
            "{told:?}"
        );
    }
    let (_desktop, nick) = device(&server, "alice").await;
    assert_eq!(nick, "ally");
    bob.run("PRIVMSG ally :to all of you").await;
    for client in [&mut laptop, &mut phone, &mut tablet] {
        assert_eq!(client.until("PRIVMSG").await.params, ["ally", "to all of you"]);
    }
}
