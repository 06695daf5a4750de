//! Looking at the whole history.

use std::fs;
use std::path::PathBuf;

use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use crate::support::{Client, Server};

const CAPS: &[&str] = &["draft/message-redaction", "message-tags", "echo-message"];

fn database(server: &Server) -> PathBuf {
    server.folder().join("data/chat-secure.db")
}

/// Changes the file behind the server's back.
async fn spoil(server: &Server, sql: &str) {
    let path = format!("sqlite://{}", database(server).display());
    let mut connection = SqliteConnection::connect(&path).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Says something and returns its id.
async fn say(client: &mut Client, text: &str) -> String {
    client.ask(&format!("PRIVMSG #room :{text}"), "PRIVMSG").await.tag("msgid").unwrap()
}

/// Alice said ten things in `#room`, and took the fourth back.
async fn spoken() -> (Server, Client) {
    let server = Server::with(&["--accept-damage"]);
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    let mut ids = Vec::new();
    for number in 0..10 {
        ids.push(say(&mut alice, &format!("number {number}")).await);
    }
    alice.ask(&format!("REDACT #room {}", ids[3]), "REDACT").await;
    (server, alice)
}

#[tokio::test]
async fn a_history_is_whole_over_redactions_crashes_and_restarts() {
    let (mut server, alice) = spoken().await;
    let said = server.chatctl(&["verify"]).success();
    assert!(said.contains("1 erased") && said.contains("no fault"), "{said}");
    drop(alice);
    for killed in [true, false] {
        server.come_back(killed);
        let mut alice = server.login("alice", CAPS).await;
        say(&mut alice, "again").await;
        let report = super::json(&server, &["verify", "room"]);
        assert_eq!((&report["sound"], &report["rooms"]), (&true.into(), &1.into()), "{report}");
    }
    server.stop();
    let report = super::json(&server, &["verify"]);
    assert_eq!((&report["sound"], &report["erased"]), (&true.into(), &1.into()), "{report}");
    assert!(report["entries"].as_u64().unwrap() > 13, "{report}");
    let beside = fs::read_dir(server.folder().join("data")).unwrap();
    let log = beside.filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().contains("db-wal"));
    assert_eq!(log.count(), 0, "nothing is left beside a database that nobody uses");
}

#[tokio::test]
async fn what_was_changed_is_named_with_its_place() {
    let (server, _alice) = spoken().await;
    spoil(&server, "UPDATE entries SET body = 'number 77' WHERE body = 'number 7'").await;
    let finished = server.chatctl(&["verify"]);
    assert_eq!(finished.code, Some(1), "{}", finished.stderr);
    assert!(
        finished.stdout.contains("#room") && finished.stdout.contains("the entry was changed"),
        "{}",
        finished.stdout
    );
    assert!(finished.stdout.contains("1 fault"), "{}", finished.stdout);
    assert!(finished.stderr.contains("restore a backup"), "{}", finished.stderr);
    let finished = server.chatctl(&["verify", "--json", "room"]);
    let report: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!((finished.code, &report["faults"][0]["what"]), (Some(1), &"changed".into()), "{report}");
    assert_eq!(report["faults"][0]["name"], "#room");
    assert!(server.chatctl(&["verify", "lobby"]).success().contains("no fault"), "another room");
    server.chatctl(&["verify", "nowhere"]).failure(3);
}

#[tokio::test]
async fn a_head_that_was_noted_tells_a_history_that_was_cut() {
    let (server, mut alice) = spoken().await;
    let heads = server.chatctl(&["verify", "--heads"]).success();
    assert!(heads.lines().any(|line| line.ends_with("#room")), "{heads}");
    fs::write(server.folder().join("heads"), &heads).unwrap();
    say(&mut alice, "later").await;
    let said = server.chatctl(&["verify", "--expect", "heads"]).success();
    assert!(said.contains("expected and found"), "{said}");
    spoil(&server, "DELETE FROM entries WHERE body IN ('number 9', 'later') OR kind = 20").await;
    let finished = server.chatctl(&["verify", "--expect", "heads", "--json"]);
    assert_eq!(finished.code, Some(1));
    let report: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    let found: Vec<_> = report["faults"].as_array().unwrap().iter().map(|fault| &fault["what"]).collect();
    assert!(found.contains(&&"cut".into()), "{report}");
    fs::write(server.folder().join("heads"), "no head\n").unwrap();
    assert!(server.chatctl(&["verify", "--expect", "heads"]).failure(2).contains("line 1"));
}

#[tokio::test]
async fn a_text_that_changed_in_the_file_keeps_the_server_from_starting() {
    let (mut server, alice) = spoken().await;
    drop(alice);
    server.stop();
    let path = database(&server);
    let sound = fs::read(&path).unwrap();
    let at = sound.windows(8).position(|window| window == b"number 9").unwrap();
    let mut flipped = sound.clone();
    flipped[at] ^= 1;
    fs::write(&path, &flipped).unwrap();
    let refused = server.second_server().failure(1);
    assert!(refused.contains("the entry was changed") && refused.contains("chatctl verify"), "{refused}");
    assert!(refused.contains("chatctl restore") && refused.contains("--accept-damage"), "{refused}");
    server.chatctl(&["verify"]).failure(1);
    // Which this one does.
    server.start_again();
    server.stop();
    fs::write(&path, &sound[..sound.len() - 5000]).unwrap();
    let refused = server.second_server().failure(1);
    assert!(refused.contains("damaged") && refused.contains("chatctl verify"), "{refused}");
    let finished = server.chatctl(&["verify"]);
    assert_eq!(finished.code, Some(1), "{}", finished.stdout);
    fs::write(&path, &sound).unwrap();
    server.start_again();
}

#[tokio::test]
async fn a_page_that_start_up_reads_and_can_not_keeps_the_server_from_starting() {
    let (server, alice) = spoken().await;
    let path = database(&server);
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let pages: Vec<(String, i64)> = sqlx::query_as(
        "SELECT name, rootpage FROM sqlite_schema WHERE name IN ('accounts', 'rooms', 'members', 'entries')",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    drop(alice);
    server.stop();
    let sound = fs::read(&path).unwrap();
    for (name, page) in pages {
        let mut flipped = sound.clone();
        flipped[usize::try_from(page - 1).unwrap() * 4096] ^= 0x40;
        fs::write(&path, &flipped).unwrap();
        let refused = server.second_server().failure(1);
        assert!(refused.contains("damaged") && refused.contains("chatctl verify"), "{name}: {refused}");
        assert!(!refused.contains("panicked"), "{name}: {refused}");
    }
}

#[tokio::test]
async fn rows_that_were_damaged_disturb_nobody() {
    let (server, mut alice) = spoken().await;
    let mut bob = server.newcomer("bob", &["draft/chathistory", "batch", "message-tags"]).await;
    bob.run("JOIN #room").await;
    spoil(
        &server,
        "UPDATE entries SET body = CAST(x'ff' AS TEXT) WHERE body = 'number 1'; \
         UPDATE entries SET source = 'x' WHERE body = 'number 2'; \
         UPDATE entries SET kind = 99 WHERE body = 'number 5'",
    )
    .await;
    bob.ask("CHATHISTORY LATEST #room * 50", "BATCH").await;
    let shown = bob.all_until("BATCH").await;
    let texts: Vec<_> =
        shown.iter().filter(|m| m.command == "PRIVMSG").map(|m| m.last().to_owned()).collect();
    assert_eq!(texts.iter().filter(|text| text.starts_with("number")).count(), 6, "{texts:?}");
    say(&mut alice, "goes on").await;
    bob.expect("what was said", |m| m.command == "PRIVMSG" && m.last() == "goes on").await;
}
