//! What is found of a message whose text, room or name changed since, and that nothing is once it
//! was taken back.

use std::fs;
use std::time::Instant;

use crate::support::{Client, Message, PATIENCE, Server};

const CAPS: &[&str] = &[
    "soju.im/search",
    "batch",
    "message-tags",
    "echo-message",
    "draft/message-redaction",
    "draft/channel-rename",
    "draft/multiline",
    "chat-secure/message-edit",
];

/// Target and text of all that is found.
async fn find(client: &mut Client, attributes: &str) -> Vec<(String, String)> {
    client.ask(&format!("SEARCH {attributes}"), "BATCH").await;
    let mut depth = 1;
    let mut found = Vec::new();
    while depth > 0 {
        let line = client.next().await;
        match line.command.as_str() {
            "BATCH" if line.param(0).starts_with('-') => depth -= 1,
            "BATCH" => depth += 1,
            _ => found.push((line.param(0).to_owned(), line.last().to_owned())),
        }
    }
    found
}

/// Waits until so many are found, and returns them.
async fn until_found(client: &mut Client, attributes: &str, count: usize) -> Vec<(String, String)> {
    let begun = Instant::now();
    loop {
        let found = find(client, attributes).await;
        if found.len() == count {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{attributes}: {found:?}");
    }
}

fn id(message: &Message) -> String {
    message.tag("msgid").unwrap()
}

/// The files of the server that hold this text.
fn files_with(server: &Server, text: &str) -> Vec<String> {
    let files = fs::read_dir(server.folder().join("data")).unwrap().map(|file| file.unwrap().path());
    let holds = |bytes: Vec<u8>| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    let files = files.filter(|path| path.is_file() && fs::read(path).is_ok_and(holds));
    files.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn what_is_taken_back_is_not_found_and_leaves_the_index() {
    let server = Server::with(&["--flood-per-second=0"]);
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    let plain = id(&alice.ask("PRIVMSG #room :the zanzibarplain one", "PRIVMSG").await);
    let edited = id(&alice.ask("PRIVMSG #room :the zanzibarfirst text", "PRIVMSG").await);
    alice.ask(&format!("EDIT #room {edited} :the zanzibarsecond text"), "EDIT").await;
    alice.send("BATCH +b draft/multiline #room").await;
    alice.send("@batch=b PRIVMSG #room :a zanzibarline").await;
    alice.send("@batch=b PRIVMSG #room :and a zanzibarother").await;
    alice.send("BATCH -b").await;
    let long = id(&alice.until("BATCH").await);
    alice.sync().await;
    until_found(&mut alice, "text=zanzibarplain", 1).await;
    // Both texts of what was edited, until it is taken back.
    until_found(&mut alice, "text=zanzibarfirst", 1).await;
    until_found(&mut alice, "text=zanzibarsecond", 1).await;
    until_found(&mut alice, "text=zanzibarline", 2).await;
    assert!(!files_with(&server, "zanzibar").is_empty(), "else the search would prove nothing");

    for id in [&plain, &edited, &long] {
        alice.ask(&format!("REDACT #room {id}"), "REDACT").await;
        // At once, whether the index knows of it or not.
        alice.sync().await;
    }
    assert_eq!(find(&mut alice, "text=zanzibar").await, []);
    server.stop();
    assert_eq!(files_with(&server, "zanzibar"), [""; 0]);
}

#[tokio::test]
async fn what_was_said_under_the_old_name_is_found_under_the_new_one() {
    let server = Server::with(&["--flood-per-second=0"]);
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    alice.ask("PRIVMSG #room :a needle", "PRIVMSG").await;
    until_found(&mut alice, "in=#room;text=needle", 1).await;
    alice.ask("RENAME #room #den", "RENAME").await;
    alice.sync().await;
    let found = [("#den".to_owned(), "a needle".to_owned())];
    assert_eq!(find(&mut alice, "in=#den;text=needle").await, found);
    assert_eq!(find(&mut alice, "text=needle").await, found);
    alice.ask("SEARCH in=#room;text=needle", "FAIL").await;
}

#[tokio::test]
async fn a_message_of_several_lines_to_a_room_that_was_renamed_meanwhile_is_refused() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[CAPS, &["labeled-response"]].concat()).await;
    let mut phone = server.login("alice", CAPS).await;
    alice.run("JOIN #room").await;
    phone.sync().await;
    alice.send("@label=whole BATCH +b draft/multiline #room").await;
    alice.send("@batch=b PRIVMSG #room :one").await;
    alice.sync().await;
    phone.ask("RENAME #room #den", "RENAME").await;
    alice.until("RENAME").await;
    alice.send("@batch=b PRIVMSG #room :two").await;
    let refused = alice.ask("BATCH -b", "403").await;
    assert_eq!(refused.tag("label").as_deref(), Some("whole"), "{refused}");
    assert_eq!(server.texts_of("#den").await, [""; 0]);
}
