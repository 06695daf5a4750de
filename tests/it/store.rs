//! A store that fails: told to each sender, shown to nobody, and over when it is over.

use sqlx::{Connection as _, SqliteConnection};

use crate::support::{PASSWORD, Server};

/// Takes the database's write lock, as a backup or a full disk would.
async fn locked(server: &Server) -> SqliteConnection {
    let path = server.folder().join("data/chat-secure.db");
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await.unwrap();
    connection
}

#[tokio::test]
async fn a_failing_store_is_told_and_nothing_is_shown() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &["echo-message"]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    alice.sync().await;

    let mut lock = locked(&server).await;
    let told = alice.run("PRIVMSG #room :lost").await;
    assert!(told.iter().all(|m| m.command != "PRIVMSG"), "{told:?}");
    assert_eq!(told.len(), 1, "one clear error: {told:?}");
    let heard = bob.sync().await;
    assert!(heard.iter().all(|m| m.command != "PRIVMSG"), "{heard:?}");

    sqlx::query("ROLLBACK").execute(&mut lock).await.unwrap();
    alice.ask("PRIVMSG #room :kept", "PRIVMSG").await;
    assert_eq!(bob.until("PRIVMSG").await.last(), "kept");
}

#[tokio::test]
async fn while_the_store_fails_people_still_come_and_go() {
    let server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #room").await;
    let mut gina = server.guest("gina").await;
    gina.run("JOIN #room").await;
    alice.sync().await;

    let mut lock = locked(&server).await;
    let told = alice.run("JOIN #other").await;
    assert!(told.iter().all(|m| m.command != "JOIN") && told.len() == 1, "{told:?}");
    let told = alice.run("TOPIC #room :lost").await;
    assert!(told.iter().all(|m| m.command != "TOPIC") && told.len() == 1, "{told:?}");
    let mut hank = server.guest("hank").await;
    hank.run("WHOIS alice").await;
    gina.send("QUIT").await;
    gina.closed().await;

    sqlx::query("ROLLBACK").execute(&mut lock).await.unwrap();
    hank.run("JOIN #room").await;
    let names = hank.ask("NAMES #room", "353").await;
    assert!(!names.last().contains("gina"), "{names}");
}

#[tokio::test]
async fn many_messages_that_are_refused_get_an_answer_each() {
    let server = Server::with(&["--flood-per-second=0"]);
    let mut alice = server.newcomer("alice", &["echo-message", "labeled-response", "batch"]).await;
    alice.run("JOIN #room").await;
    let mut lock = locked(&server).await;
    let lines: String = (0..20).map(|n| format!("@label=l{n} PRIVMSG #room :{n}\r\n")).collect();
    alice.send_raw(lines.as_bytes()).await;
    let told = alice.sync().await;
    let labels: Vec<_> = told.iter().filter_map(|m| m.tag("label")).collect();
    assert_eq!(labels, (0..20).map(|n| format!("l{n}")).collect::<Vec<_>>(), "{told:?}");
    assert!(told.iter().all(|m| m.command == "FAIL"), "{told:?}");
    sqlx::query("ROLLBACK").execute(&mut lock).await.unwrap();
    alice.ask("PRIVMSG #room :kept", "PRIVMSG").await;
}

#[tokio::test]
async fn while_the_store_fails_a_guest_stays_one_and_signs_in_later() {
    let server = Server::with(&["--guests"]);
    server.adduser("alice");
    let mut gina = server.guest("gina").await;
    gina.run("JOIN #room").await;
    let mut lock = locked(&server).await;
    assert_eq!(gina.authenticate("alice", PASSWORD).await.command, "904");
    assert!(gina.ask("WHOIS gina", "311").await.param(3).ends_with(".guests"));
    sqlx::query("ROLLBACK").execute(&mut lock).await.unwrap();
    assert_eq!(gina.authenticate("alice", PASSWORD).await.command, "903");
    assert_eq!(gina.ask("WHOIS gina", "330").await.param(2), "alice");
}
