//! Nothing that one client sends can break the lines of another, or look like the server's.

use crate::support::{Client, Server};

async fn two(server: &Server) -> (Client, Client) {
    let mut alice = server.connect().await;
    alice.begin("alice", &["message-tags", "away-notify", "labeled-response", "batch"]).await;
    alice.send("CAP END").await;
    alice.until("422").await;
    let mut bob = server.connect().await;
    bob.begin("bob", &["message-tags", "away-notify"]).await;
    bob.send("CAP END").await;
    bob.until("422").await;
    alice.run("JOIN #a").await;
    bob.run("JOIN #a").await;
    alice.sync().await;
    (alice, bob)
}

#[tokio::test]
async fn a_carriage_return_never_reaches_anybody() {
    let server = Server::with(&["--guests"]);
    let (mut alice, mut bob) = two(&server).await;
    for line in [
        "AWAY :gone\r:localhost NOTICE * :forged",
        "MODE #a +b :x!*@*\rPRIVMSG #a :forged",
        "MODE #a +k a\rb",
        "@+x\ry=1 TAGMSG #a",
        "PRIVMSG #a :one\rtwo",
        "TOPIC #a :one\rtwo",
    ] {
        let answer = alice.ask(line, "FAIL").await;
        assert_eq!(answer.param(1), "INVALID_UTF8", "{line:?}: {answer}");
    }
    let seen = bob.sync().await;
    assert!(seen.is_empty(), "{seen:?}");
}

#[tokio::test]
async fn a_label_comes_back_as_it_was_sent() {
    let server = Server::with(&["--guests"]);
    let (mut alice, _bob) = two(&server).await;
    let label = r"a\sb\:c\r\nQUIT";
    let answer = alice.ask(&format!("@label={label} PING x"), "PONG").await;
    assert!(answer.tags.contains(&format!("label={label}")), "{answer}");
    let opening = alice.ask(&format!("@label={label} NAMES #a"), "BATCH").await;
    assert!(opening.tags.contains(&format!("label={label}")), "{opening}");
}

#[tokio::test]
async fn a_mask_and_a_tag_are_what_their_form_allows() {
    let server = Server::with(&["--guests"]);
    let (mut alice, mut bob) = two(&server).await;
    assert_eq!(alice.ask("MODE #a +b :x y", "696").await.param(1), "#a");
    alice.run("@+ok=1;+b\"ad=2 TAGMSG #a").await;
    let seen = bob.sync().await;
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(seen[0].tag("+ok").is_some() && !seen[0].tags.contains("ad"), "{}", seen[0]);
}
