//! Reactions and replies: they are kept, shown to who asks for them, and outlive what they are about.

use crate::support::{Client, Server};

const CAPS: &[&str] = &[
    "message-tags",
    "echo-message",
    "batch",
    "draft/chathistory",
    "draft/event-playback",
    "draft/message-redaction",
];

/// Tags that messages in a history carry.
async fn tags(client: &mut Client, target: &str, tag: &str) -> Vec<String> {
    client.ask(&format!("CHATHISTORY LATEST {target} * 50"), "BATCH").await;
    client.all_until("BATCH").await.iter().filter_map(|m| m.tag(tag)).collect()
}

#[tokio::test]
async fn reactions_and_replies_are_kept_in_rooms_and_conversations() {
    let mut server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    for target in ["#room", "alice"] {
        bob.send(format!("PRIVMSG {target} :a question")).await;
        let id = bob.until("PRIVMSG").await.tag("msgid").unwrap();
        let about = format!("+draft/reply={id}");
        bob.run(&format!("@+draft/react=up;{about} TAGMSG {target}")).await;
        bob.run(&format!("@+draft/unreact=up;{about} TAGMSG {target}")).await;
        bob.run(&format!("@+draft/persist;+x=kept TAGMSG {target}")).await;
        bob.run(&format!("@+typing=active TAGMSG {target}")).await;
        bob.run(&format!("@{about} PRIVMSG {target} :an answer")).await;
    }
    server.restart();
    for (reader, target) in [("alice", "#room"), ("bob", "#room"), ("alice", "bob"), ("bob", "alice")] {
        let mut client = server.login(reader, CAPS).await;
        assert_eq!(tags(&mut client, target, "+draft/react").await, ["up"], "{reader} {target}");
        assert_eq!(tags(&mut client, target, "+draft/unreact").await, ["up"], "{reader} {target}");
        assert_eq!(tags(&mut client, target, "+x").await, ["kept"], "{reader} {target}");
        assert_eq!(tags(&mut client, target, "+draft/reply").await.len(), 3, "{reader} {target}");
        assert!(tags(&mut client, target, "+typing").await.is_empty(), "{reader} {target}");
        let mut plain = server.login(reader, &["message-tags", "batch", "draft/chathistory"]).await;
        assert!(tags(&mut plain, target, "+draft/react").await.is_empty(), "{reader} {target}");
    }
}

#[tokio::test]
async fn a_reaction_can_be_taken_back_and_outlives_its_message() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    alice.run("JOIN #room").await;
    alice.send("PRIVMSG #room :text").await;
    let id = alice.until("PRIVMSG").await.tag("msgid").unwrap();
    let mut reactions = Vec::new();
    for reaction in ["up", "down"] {
        alice.send(format!("@+draft/react={reaction};+draft/reply={id} TAGMSG #room")).await;
        reactions.push(alice.until("TAGMSG").await.tag("msgid").unwrap());
    }
    alice.ask(&format!("REDACT #room {id}"), "REDACT").await;
    assert_eq!(tags(&mut alice, "#room", "+draft/react").await, ["up", "down"]);
    alice.ask(&format!("REDACT #room {}", reactions[0]), "REDACT").await;
    assert_eq!(tags(&mut alice, "#room", "+draft/react").await, ["down"]);
    // What only passed through can't be taken back.
    alice.send("@+typing=active TAGMSG #room").await;
    let passed = alice.until("TAGMSG").await.tag("msgid").unwrap();
    assert_eq!(alice.ask(&format!("REDACT #room {passed}"), "FAIL").await.param(1), "UNKNOWN_MSGID");
}
