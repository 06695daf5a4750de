//! What is meant for some is seen by no others.

use crate::support::{Client, Server};

/// What a client needs to ask for history.
const CAPS: &[&str] = &["draft/chathistory", "batch", "server-time", "message-tags"];

/// A guest who can ask for history.
async fn guest(server: &Server, nick: &str) -> Client {
    let mut guest = server.connect().await;
    guest.begin(nick, CAPS).await;
    guest.ask("CAP END", "001").await;
    guest.sync().await;
    guest
}

/// The texts that the client finds in its conversation with this one.
async fn found(client: &mut Client, other: &str) -> Vec<String> {
    client.ask(&format!("CHATHISTORY LATEST {other} * 10"), "BATCH").await;
    let lines = client.all_until("BATCH").await;
    lines.iter().filter(|m| m.command == "PRIVMSG").map(|m| m.last().to_owned()).collect()
}

#[tokio::test]
async fn a_guest_never_finds_the_conversations_of_an_earlier_guest() {
    let server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", &["echo-message"]).await;
    // There all along, under another nick.
    let mut later = guest(&server, "hank").await;
    let mut earlier = guest(&server, "gina").await;
    earlier.run("PRIVMSG alice :an old secret").await;
    alice.until("PRIVMSG").await;
    alice.ask("PRIVMSG gina :safe with me", "PRIVMSG").await;
    assert_eq!(found(&mut earlier, "alice").await, ["an old secret", "safe with me"]);
    earlier.send("QUIT").await;
    earlier.closed().await;

    later.ask("NICK gina", "NICK").await;
    assert!(found(&mut later, "alice").await.is_empty());
    let window = "timestamp=2001-01-01T00:00:00.000Z timestamp=2262-01-01T00:00:00.000Z";
    later.ask(&format!("CHATHISTORY TARGETS {window} 10"), "BATCH").await;
    assert_eq!(later.next().await.command, "BATCH");
    alice.run("PRIVMSG gina :hello to the new one").await;
    later.until("PRIVMSG").await;
    assert_eq!(found(&mut later, "alice").await, ["hello to the new one"]);
}

#[tokio::test]
async fn a_guest_leaves_the_conversations_with_the_nick() {
    let server = Server::with(&["--guests"]);
    server.newcomer("alice", &[]).await;
    let mut gina = guest(&server, "gina").await;
    gina.run("PRIVMSG alice :a secret").await;
    gina.ask("NICK hank", "NICK").await;
    let mut other = guest(&server, "gina").await;
    assert!(found(&mut other, "alice").await.is_empty());
    other.send("QUIT").await;
    other.closed().await;
    gina.ask("NICK gina", "NICK").await;
    assert!(found(&mut gina, "alice").await.is_empty());
}

#[tokio::test]
async fn tags_for_operators_reach_operators_only() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &["message-tags"]).await;
    let mut bob = server.newcomer("bob", &["message-tags"]).await;
    let mut carol = server.newcomer("carol", &["message-tags"]).await;
    for client in [&mut alice, &mut bob, &mut carol] {
        client.run("JOIN #room").await;
    }
    alice.run("MODE #room +o bob").await;
    for tag in ["+typing=active", "+draft/react=x"] {
        alice.run(&format!("@{tag} TAGMSG @#room")).await;
        assert_eq!(bob.until("TAGMSG").await.params, ["@#room"], "{tag}");
    }
    let heard = carol.sync().await;
    assert!(heard.iter().all(|m| m.command != "TAGMSG"), "{heard:?}");
}

#[tokio::test]
async fn presence_is_told_in_common_rooms_and_not_to_whom_one_wrote_to() {
    let server = Server::start();
    let caps = ["away-notify", "setname"];
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &caps).await;
    alice.run("PART #lobby").await;
    bob.run("PART #lobby").await;
    alice.run("PRIVMSG bob :hello").await;
    let mut again = server.login("bob", &caps).await;
    for line in ["AWAY :gone fishing", "SETNAME :Alice in Wonderland", "AWAY"] {
        alice.run(line).await;
    }
    alice.send("QUIT").await;
    alice.closed().await;
    server.login("alice", &[]).await;
    for client in [&mut bob, &mut again] {
        let told = client.sync().await;
        assert!(told.iter().all(|m| !["AWAY", "SETNAME"].contains(&m.command.as_str())), "{told:?}");
    }
}

#[tokio::test]
async fn whois_calls_secure_only_whose_own_connections_are() {
    let server = Server::with(&["--listen-plain=localhost:0", "--guests"]);
    let mut alice = server.newcomer("alice", &[]).await;
    let mut gina = Client::plain(&server.plain_addresses()[0]).await;
    gina.register_guest("gina").await;
    let is_secure = |told: Vec<crate::support::Message>| told.iter().any(|m| m.command == "671");
    assert!(!is_secure(alice.run("WHOIS gina").await));
    assert!(is_secure(gina.run("WHOIS alice").await));
    let mut plain = Client::plain(&server.plain_addresses()[0]).await;
    plain.login("alice", crate::support::PASSWORD, &[]).await;
    assert!(!is_secure(gina.run("WHOIS alice").await));
}

#[tokio::test]
async fn who_has_the_name_of_a_removed_account_does_not_find_its_words_to_the_operators() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut bob = server.newcomer("bob", CAPS).await;
    for client in [&mut alice, &mut bob] {
        client.run("JOIN #room").await;
    }
    bob.run("PRIVMSG @#room :between us").await;
    bob.run("PRIVMSG #room :to all").await;
    assert_eq!(found(&mut bob, "#room").await, ["between us", "to all"]);
    server.chatctl(&["deluser", "bob", "--yes"]).success();
    bob.closed().await;

    let mut bob = server.newcomer("bob", CAPS).await;
    bob.run("JOIN #room").await;
    assert_eq!(found(&mut bob, "#room").await, ["to all"]);
    let words = bob.run("SEARCH text=between").await;
    assert!(words.iter().all(|m| m.command != "PRIVMSG"), "{words:?}");
    bob.run("PRIVMSG @#room :I am new here").await;
    assert_eq!(found(&mut bob, "#room").await, ["to all", "I am new here"]);
}
