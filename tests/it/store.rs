//! A store that fails: told to each sender, shown to nobody, and over when it is over.

use sqlx::{Connection as _, SqliteConnection};

use crate::support::Server;

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
