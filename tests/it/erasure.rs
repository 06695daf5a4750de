//! One person's data: all of it handed out, and all of it erased.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::support::{Client, PASSWORD, PATIENCE, Server, web};

const WEB: &str = "--listen-web=localhost:0";
const CAPS: &[&str] =
    &["echo-message", "message-tags", "draft/message-redaction", "batch", "draft/chathistory"];

fn credentials() -> String {
    format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("alice:{PASSWORD}")))
}

/// The address of a file that alice sends.
async fn upload(server: &Server, content: &[u8]) -> String {
    let fields = format!(
        "{}Content-Length: {}\r\nContent-Type: text/plain\r\n\
         Content-Disposition: attachment; filename=\"private-plans.txt\"\r\n",
        credentials(),
        content.len()
    );
    let mut stream = web::tls(server).await;
    web::send(&mut stream, "POST", "/upload", &fields, content).await;
    let answer = web::answer(&mut stream, "POST").await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.field("location").to_owned()
}

/// alice has said something in a room, to bob, and in a room that is no more; bob has answered.
async fn stage() -> (Server, Client, Client) {
    let server = Server::with(&[WEB]);
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    for client in [&mut alice, &mut bob] {
        client.run("JOIN #room").await;
    }
    let url = upload(&server, b"marmalade-in-a-file").await;
    alice.ask(&format!("PRIVMSG #room :marmalade-one {url}"), "PRIVMSG").await;
    bob.ask("PRIVMSG #room :bob-answers", "PRIVMSG").await;
    alice.ask("PRIVMSG #room :marmalade-two", "PRIVMSG").await;
    alice.ask("PRIVMSG bob :marmalade-direct", "PRIVMSG").await;
    bob.ask("PRIVMSG alice :bob-direct", "PRIVMSG").await;
    (server, alice, bob)
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_below(&entry.path()));
        } else if entry.file_type().unwrap().is_file() {
            found.push(entry.path());
        }
    }
    found
}

/// The files of the server that hold this text.
fn holders(server: &Server, text: &str) -> Vec<PathBuf> {
    let mut files = files_below(&server.folder().join("data"));
    let holds = |bytes: Vec<u8>| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    files.retain(|path| fs::read(path).is_ok_and(holds));
    files
}

/// Waits until no file holds it: the logs of the databases are cut a moment later.
fn assert_nowhere(server: &Server, text: &str) {
    let begun = Instant::now();
    loop {
        let holders = holders(server, text);
        if holders.is_empty() {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{text} is in {holders:?}");
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn erased_words_are_in_no_file_and_others_see_them_taken_back() {
    let (server, mut alice, mut bob) = stage().await;
    assert!(!holders(&server, "marmalade").is_empty());
    server.chatctl(&["erase-user", "alice", "--messages"]).failure(2);
    let said = server.chatctl(&["erase-user", "alice", "--messages", "--yes"]).success();
    assert_eq!(
        said, "alice is removed: 0 files removed, 3 messages erased.",
        "the file went with its message"
    );
    let end = alice.closed().await;
    assert!(end.iter().any(|m| m.command == "ERROR" && m.last().contains("removed")), "{end:?}");
    let seen = bob.sync().await;
    let redacted = seen.iter().filter(|m| m.command == "REDACT").count();
    assert_eq!(redacted, 3, "{seen:?}");
    for text in ["marmalade", "private-plans"] {
        assert_nowhere(&server, text);
    }
    assert_eq!(bob.texts_of("#room").await, ["bob-answers"]);
    assert!(!holders(&server, "bob-direct").is_empty(), "what others said stays");
    let users = server.chatctl(&["users"]).success();
    assert!(!users.contains("alice"), "{users}");
    let audit = server.chatctl(&["audit"]).success();
    assert!(
        audit.lines().any(|line| line.contains("erase_user") && line.contains("with messages")),
        "{audit}"
    );
    server.adduser("alice");
}

#[tokio::test]
async fn words_in_rooms_that_are_no_more_and_to_people_who_are_gone_are_erased_too() {
    let (server, mut alice, mut bob) = stage().await;
    bob.run("JOIN #short").await;
    alice.run("JOIN #short").await;
    alice.ask("PRIVMSG #short :marmalade-short", "PRIVMSG").await;
    alice.run("PART #short").await;
    bob.run("PART #short").await;
    // It goes with its founder.
    server.chatctl(&["deluser", "bob", "--yes"]).success();
    let rooms = server.chatctl(&["rooms"]).success();
    assert!(!rooms.contains("#short"), "{rooms}");
    server.chatctl(&["erase-user", "alice", "--messages", "--yes"]).success();
    assert_nowhere(&server, "marmalade");
}

#[tokio::test]
async fn without_their_words_the_account_goes_with_its_files() {
    let (server, _alice, mut bob) = stage().await;
    let said = server.chatctl(&["erase-user", "alice", "--yes"]).success();
    assert_eq!(said, "alice is removed: 1 file removed, what it said stays.");
    assert_nowhere(&server, "marmalade-in-a-file");
    assert_eq!(bob.texts_of("#room").await.len(), 3);
}

#[tokio::test]
async fn who_shows_the_password_removes_their_own_account() {
    let (server, mut alice, mut bob) = stage().await;
    let wrong = alice.run("NICKSERV DROP wrong").await;
    assert!(wrong.iter().any(|m| m.last().contains("not your password")), "{wrong:?}");
    alice.send(format!("NICKSERV DROP {PASSWORD}")).await;
    let end = alice.closed().await;
    assert!(end.iter().any(|m| m.command == "ERROR" && m.last().contains("removed")), "{end:?}");
    let mut late = server.connect().await;
    late.begin("alice", &[]).await;
    assert_eq!(late.authenticate("alice", PASSWORD).await.command, "904");
    assert_eq!(bob.texts_of("#room").await.len(), 3, "what was said stays");
    let audit = server.chatctl(&["audit"]).success();
    assert!(audit.lines().any(|line| line.contains("erase_user") && line.contains("alice")), "{audit}");
}

/// The values of a field, of the lines of one type.
fn values<'a>(lines: &'a [Value], kind: &str, field: &str) -> Vec<&'a str> {
    lines.iter().filter(|line| line["type"] == kind).filter_map(|line| line[field].as_str()).collect()
}

#[tokio::test]
async fn an_export_has_all_of_one_person_and_nothing_of_others() {
    let (server, mut alice, _bob) = stage().await;
    alice.run("METADATA * SET display-name :Alice Example").await;
    server.chatctl(&["token", "add", "alice", "--label", "alice-phone"]).success();
    server.chatctl(&["token", "add", "bob", "--label", "bob-phone"]).success();
    let text = server.chatctl(&["export-user", "alice"]).success();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(values(&lines, "account", "name"), ["alice"]);
    assert_eq!(values(&lines, "token", "label"), ["alice-phone"]);
    assert_eq!(values(&lines, "file", "name"), ["private-plans.txt"]);
    assert!(values(&lines, "membership", "room").contains(&"#room"));
    let said = values(&lines, "message", "text");
    assert!(said.len() == 3 && said.iter().all(|text| text.starts_with("marmalade")), "{said:?}");
    for other in ["bob-answers", "bob-direct", "bob-phone", "argon2", "hash"] {
        assert!(!text.contains(other), "{other}: {text}");
    }
    let answer = web::request(&mut web::tls(&server).await, "GET", "/api/me/export", &credentials()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text().lines().count(), lines.len(), "{}", answer.text());

    server.chatctl(&["export-user", "alice", "alice.tar.gz"]).success();
    server.chatctl(&["export-user", "alice", "alice.tar.gz"]).failure(4);
    server.chatctl(&["export-user", "nobody"]).failure(3);
    let packed = fs::File::open(server.folder().join("alice.tar.gz")).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed));
    let mut contents = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut entry.unwrap(), &mut text).unwrap();
        contents.push(text);
    }
    assert_eq!(contents[0].lines().count(), lines.len());
    assert_eq!(contents[1..], ["marmalade-in-a-file"]);
    let left: Vec<_> =
        fs::read_dir(server.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains(".lines")), "{left:?}");
}
