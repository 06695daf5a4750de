//! Retention: what is older than the rules keep is gone, from everywhere, and nobody is disturbed.

use std::fs;
use std::time::Instant;

use crate::support::{Client, PATIENCE, Server};

const CAPS: &[&str] =
    &["draft/chathistory", "soju.im/search", "batch", "message-tags", "echo-message", "server-time"];

/// Says something and returns its id.
async fn say(client: &mut Client, text: &str) -> String {
    client.ask(&format!("PRIVMSG #room :{text}"), "PRIVMSG").await.tag("msgid").unwrap()
}

/// The files in the data directory that hold this text.
fn files_with(server: &Server, text: &str) -> Vec<String> {
    let files = fs::read_dir(server.folder().join("data")).unwrap().map(|file| file.unwrap().path());
    let holds = |bytes: Vec<u8>| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let files = files.filter(|path| path.is_file() && fs::read(path).is_ok_and(holds));
    files.map(|path| path.display().to_string()).collect()
}

/// Entries that are gone by what `chatctl verify` says, once there are any.
async fn until_forgotten(server: &Server, client: &mut Client) -> u64 {
    let begun = Instant::now();
    loop {
        let report = server.chatctl(&["verify", "--json", "room"]).success();
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        if report["forgotten"] != 0 {
            return report["forgotten"].as_u64().unwrap();
        }
        assert!(begun.elapsed() < PATIENCE, "{report}");
        client.sync().await;
    }
}

/// The texts of the batch that answers.
async fn texts(client: &mut Client, request: &str) -> Vec<String> {
    client.ask(request, "BATCH").await;
    let mut lines = client.all_until("BATCH").await;
    lines.pop();
    lines.iter().map(|line| line.last().to_owned()).collect()
}

#[tokio::test]
async fn what_a_rooms_rule_does_not_keep_is_gone_from_all_files() {
    let mut server = Server::with(&["--flood-per-second=0"]);
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    let mut ids = Vec::new();
    for number in 0..40 {
        ids.push(say(&mut alice, &format!("zanzibar{number:02}")).await);
    }
    say(&mut alice, "quagga").await;
    assert!(!files_with(&server, "zanzibar07").is_empty(), "else the search would prove nothing");
    let shown = server.chatctl(&["retention", "room", "--entries", "5"]).success();
    assert!(shown.contains("#room") && shown.contains("(all others)"), "{shown}");
    let gone = until_forgotten(&server, &mut alice).await;
    assert!(gone >= 36, "{gone}");
    // At the edge there is what is left.
    assert_eq!(texts(&mut alice, &format!("CHATHISTORY BEFORE #room msgid={} 50", ids[10])).await, [""; 0]);
    let after = texts(&mut alice, &format!("CHATHISTORY AFTER #room msgid={} 50", ids[10])).await;
    assert_eq!(after, ["zanzibar36", "zanzibar37", "zanzibar38", "zanzibar39", "quagga"]);
    assert_eq!(texts(&mut alice, "SEARCH text=zanzibar07").await, [""; 0]);
    // Life goes on, and over a restart too.
    say(&mut alice, "goes on").await;
    drop(alice);
    server.restart();
    let mut alice = server.login("alice", CAPS).await;
    say(&mut alice, "and on").await;
    let begun = Instant::now();
    while !files_with(&server, "zanzibar07").is_empty() {
        assert!(begun.elapsed() < PATIENCE, "{:?}", files_with(&server, "zanzibar07"));
        alice.sync().await;
    }
    assert!(server.chatctl(&["verify"]).success().contains("no fault"));
    let rules = server.chatctl(&["retention", "--json"]).success();
    assert!(rules.contains(r##""name":"#room","days_max":0,"entries_max":5"##), "{rules}");
    assert!(!server.chatctl(&["retention", "room", "--clear"]).success().contains("#room"));
    server.chatctl(&["retention", "nowhere", "--days", "1"]).failure(3);
    server.chatctl(&["retention", "room"]).failure(2);
    server.chatctl(&["retention", "--days", "1"]).failure(2);
}

#[tokio::test]
async fn the_general_rule_is_for_rooms_without_one() {
    let mut server = Server::with(&["--flood-per-second=0", "--history-entries-max=7"]);
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    alice.run("JOIN #kept").await;
    server.chatctl(&["retention", "kept", "--days", "0"]).success();
    for number in 0..20 {
        say(&mut alice, &format!("zanzibar{number:02}")).await;
        alice.ask(&format!("PRIVMSG #kept :quagga{number:02}"), "PRIVMSG").await;
    }
    server.restart();
    let mut alice = server.login("alice", CAPS).await;
    until_forgotten(&server, &mut alice).await;
    let left = texts(&mut alice, "CHATHISTORY LATEST #room * 100").await;
    assert!(left.len() <= 7 && left.contains(&"zanzibar19".to_owned()), "{left:?}");
    assert_eq!(texts(&mut alice, "CHATHISTORY LATEST #kept * 100").await.len(), 20);
}
