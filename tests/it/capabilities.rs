//! CAP: what is offered, asked for and in force.

use std::collections::BTreeSet;

use chat_secure::protocol::Cap;

use crate::support::{PASSWORD, Server};

#[tokio::test]
async fn all_capabilities_are_listed_and_can_be_asked_for() {
    let server = Server::start();
    let mut client = server.connect().await;
    client.send("CAP LS 302").await;
    let mut offered = BTreeSet::new();
    loop {
        let line = client.until("CAP").await;
        assert_eq!(line.param(1), "LS");
        offered.extend(line.last().split(' ').map(|cap| cap.split('=').next().unwrap().to_owned()));
        if line.param(2) != "*" {
            break;
        }
    }
    // STS is announced where it is set up, and never granted.
    let granted = || Cap::ALL.iter().filter(|cap| **cap != Cap::Sts);
    assert_eq!(offered, granted().map(|cap| cap.name().to_owned()).collect());
    assert!(client.ask("CAP REQ sts", "CAP").await.is("CAP", &["*", "NAK", "sts"]));
    for cap in granted() {
        let answer = client.ask(&format!("CAP REQ :{cap}"), "CAP").await;
        assert!(answer.is("CAP", &["*", "ACK"]), "{answer}");
        assert_eq!(answer.last(), cap.name());
    }
}

#[tokio::test]
async fn an_old_list_is_one_line_of_names() {
    let server = Server::start();
    let mut client = server.connect().await;
    let line = client.ask("CAP LS", "CAP").await;
    assert_eq!(line.params.len(), 3);
    assert!(line.last().split(' ').all(|cap| !cap.contains('=')), "{line}");
    assert!(client.sync().await.is_empty());
}

#[tokio::test]
async fn a_request_is_granted_whole_or_not_at_all() {
    let server = Server::start();
    let mut client = server.connect().await;
    assert_eq!(client.ask("CAP LIST", "CAP").await.params, ["*", "LIST", ""]);
    let refused = client.ask("CAP REQ :echo-message flying", "CAP").await;
    assert_eq!(refused.params, ["*", "NAK", "echo-message flying"]);
    assert_eq!(client.ask("CAP LIST", "CAP").await.last(), "");
    client.ask("CAP REQ :batch echo-message", "CAP").await;
    client.ask("CAP REQ :-batch", "CAP").await;
    assert_eq!(client.ask("CAP LIST", "CAP").await.last(), "echo-message");
    let unknown = client.ask("CAP DANCE", "410").await;
    assert_eq!(unknown.param(1), "DANCE");
}

#[tokio::test]
async fn negotiation_holds_registration_back() {
    let server = Server::with(&["--guests"]);
    let mut client = server.connect().await;
    client.send("CAP LS").await;
    client.send("NICK gina").await;
    client.send("USER gina 0 * :Gina").await;
    let before = client.sync().await;
    assert!(before.iter().all(|message| message.command != "001"), "{before:?}");
    client.ask("CAP END", "001").await;
    let later = client.ask("CAP REQ away-notify", "CAP").await;
    assert!(later.is("CAP", &["gina", "ACK"]), "{later}");
}

#[tokio::test]
async fn tags_are_sent_to_those_who_asked_for_them() {
    let server = Server::start();
    server.adduser("alice");
    let mut plain = server.newcomer("bob", &[]).await;
    let mut timed = server.newcomer("carol", &["server-time"]).await;
    let mut tagged = server.newcomer("dave", &["message-tags", "account-tag"]).await;
    let mut alice = server.connect().await;
    alice.login("alice", PASSWORD, &["message-tags"]).await;
    for client in [&mut plain, &mut timed, &mut tagged, &mut alice] {
        client.run("JOIN #tags").await;
    }
    alice.send("@+colour=red;secret=1 PRIVMSG #tags :hello").await;
    assert_eq!(plain.until("PRIVMSG").await.tags, "");
    let message = timed.until("PRIVMSG").await;
    assert!(message.tag("time").is_some_and(|time| time.len() == 24), "{message}");
    assert_eq!(message.tag("msgid"), None);
    let message = tagged.until("PRIVMSG").await;
    assert_eq!(message.tag("account").as_deref(), Some("alice"));
    assert_eq!(message.tag("+colour").as_deref(), Some("red"));
    assert_eq!(message.tag("secret"), None);
    assert!(message.tag("msgid").is_some_and(|id| !id.is_empty()));
    assert_eq!(message.tag("time"), None);
}
