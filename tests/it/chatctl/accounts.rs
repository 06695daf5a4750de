//! Accounts made, changed, suspended and removed: at once where a server runs, and for good.

use serde_json::json;

use crate::support::{Client, PASSWORD, Server};

use super::{json, names, on_both, password};

/// Whether this password lets in.
async fn lets_in(server: &Server, account: &str, password: &str) -> bool {
    let mut client = server.connect().await;
    client.begin(account, &[]).await;
    client.authenticate(account, password).await.command == "903"
}

/// That the server has shut the door, and said why.
async fn assert_closed(client: &mut Client, reason: &str) {
    let last = client.closed().await;
    assert!(last.iter().any(|m| m.command == "ERROR" && m.last().contains(reason)), "{last:?}");
}

#[test]
fn accounts_are_made_listed_and_removed() {
    on_both(&[], |server| {
        server.chatctl_with(&["adduser", "Bob", "--password-stdin"], &password()).success();
        server.chatctl_with(&["adduser", "alice", "--admin", "--password-stdin"], &password()).success();
        server.chatctl(&["adduser", "bot", "--no-password"]).success();
        let table = server.chatctl(&["users"]).success();
        let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0], ["NAME", "ROLE", "STATE", "SESSIONS", "SEEN", "CREATED"]);
        assert_eq!(lines[1][..5], ["alice", "admin", "offline", "0", "never"]);
        assert_eq!(lines[2][..3], ["Bob", "member", "offline"]);
        let users = json(server, &["users"]);
        assert_eq!(
            names(&users[0]),
            ["created_at", "name", "nick", "password", "role", "seen_at", "sessions", "suspended"]
        );
        assert_eq!((&users[0]["role"], &users[1]["name"]), (&json!("admin"), &json!("Bob")));
        assert_eq!((&users[2]["password"], &users[2]["seen_at"]), (&json!(false), &json!(null)));
        let removed = json(server, &["deluser", "bob", "--yes"]);
        assert_eq!((&removed["name"], &removed["sessions_ended"]), (&json!("Bob"), &json!(0)));
        let left = json(server, &["users"]);
        assert_eq!(left.as_array().unwrap().len(), 2);
        server.chatctl(&["deluser", "bob", "--yes"]).failure(3);
        server.chatctl_with(&["adduser", "bob", "--password-stdin"], &password()).success();
    });
}

#[tokio::test]
async fn a_new_account_signs_in_at_once_and_can_be_written_to() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    server.adduser("bob");
    alice.run("PRIVMSG bob :read this later").await;
    let mut bob = server.login("bob", &[]).await;
    let replayed = bob.sync().await;
    drop(replayed);
    bob.send("PRIVMSG alice :here I am").await;
    assert_eq!(alice.until("PRIVMSG").await.last(), "here I am");
}

#[tokio::test]
async fn a_new_password_counts_at_once_and_ends_sessions_only_when_told() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    let passwd = |new: &str, more: &[&str]| {
        let args = [&["passwd", "alice", "--password-stdin", "--json"], more].concat();
        let said = server.chatctl_with(&args, new).success();
        serde_json::from_str::<serde_json::Value>(&said).unwrap()
    };
    assert_eq!(passwd("another password\n", &[])["sessions_ended"], 0);
    alice.sync().await;
    assert!(!lets_in(&server, "alice", PASSWORD).await);
    assert!(lets_in(&server, "alice", "another password").await);
    let changed = passwd("a third password", &["--end-sessions"]);
    assert_eq!((&changed["sessions_ended"], &changed["sessions"]), (&json!(1), &json!(0)));
    assert_closed(&mut alice, "password was changed").await;
    assert!(lets_in(&server, "alice", "a third password").await);
}

#[tokio::test]
async fn a_suspended_account_is_out_until_it_is_resumed() {
    let server = Server::start();
    let mut phone = server.newcomer("alice", &[]).await;
    let mut laptop = server.login("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    for client in [&mut phone, &mut bob] {
        client.run("JOIN #room").await;
    }
    assert_eq!(json(&server, &["suspend", "alice"])["sessions_ended"], 2);
    assert_closed(&mut phone, "suspended").await;
    assert_closed(&mut laptop, "suspended").await;
    bob.sync().await;
    assert!(!lets_in(&server, "alice", PASSWORD).await);
    assert!(server.chatctl(&["users"]).success().contains("suspended"));
    server.chatctl(&["suspend", "alice"]).success();
    assert_eq!(json(&server, &["resume", "alice"])["suspended"], false);
    let mut alice = server.login("alice", &[]).await;
    alice.send("PRIVMSG #room :back, and still a member").await;
    assert_eq!(bob.until("PRIVMSG").await.last(), "back, and still a member");
}

#[tokio::test]
async fn a_removed_account_leaves_its_rooms_and_what_it_said_stays() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    for client in [&mut alice, &mut bob] {
        client.run("JOIN #room").await;
    }
    alice.run("PRIVMSG #room :remember me").await;
    assert_eq!(json(&server, &["deluser", "alice", "--yes"])["sessions_ended"], 1);
    assert_closed(&mut alice, "removed").await;
    let left = bob.expect("alice's leave", |m| m.command == "QUIT" && m.nick() == "alice").await;
    assert!(left.last().contains("removed"), "{left}");
    assert!(!lets_in(&server, "alice", PASSWORD).await);
    assert!(server.chatctl(&["history", "show", "#room"]).success().contains("<alice> remember me"));

    // Somebody else of the same name is somebody else.
    let mut other = server.newcomer("alice", &[]).await;
    other.send("PRIVMSG #room :may I?").await;
    other.until("404").await;
}

#[tokio::test]
async fn what_is_changed_while_the_server_is_stopped_holds_when_it_starts() {
    let mut server = Server::start();
    for account in ["alice", "bob", "carol"] {
        let mut client = server.newcomer(account, &[]).await;
        client.run("JOIN #room").await;
    }
    server.stop();
    server.adduser("dave");
    server.chatctl(&["suspend", "alice"]).success();
    server.chatctl(&["deluser", "bob", "--yes"]).success();
    server.chatctl_with(&["passwd", "carol", "--password-stdin"], "another password\n").success();
    server.start_again();
    for (account, password, expected) in [
        ("alice", PASSWORD, false),
        ("bob", PASSWORD, false),
        ("carol", PASSWORD, false),
        ("carol", "another password", true),
        ("dave", PASSWORD, true),
    ] {
        assert_eq!(lets_in(&server, account, password).await, expected, "{account}");
    }
    let mut dave = server.login("dave", &[]).await;
    dave.run("JOIN #room").await;
    let members = dave.ask("NAMES #room", "353").await;
    assert!(!members.last().contains("bob") && members.last().contains("carol"), "{members}");
}

#[test]
fn a_password_is_in_no_output_and_in_no_log() {
    let server = Server::start();
    let secret = "open-sesame-open";
    let input = format!("{secret}\n");
    for args in [
        &["adduser", "alice", "--password-stdin"][..],
        &["--json", "passwd", "alice", "--password-stdin"],
        &["adduser", "alice", "--password-stdin"],
        &["passwd", "nobody", "--password-stdin"],
    ] {
        let said = server.chatctl_with(args, &input);
        assert!(!said.stdout.contains(secret) && !said.stderr.contains(secret), "{said:?}");
    }
    let log = server.until_logged("the last of them", |lines| {
        lines.iter().any(|line| line.contains("nobody")).then(|| lines.join("\n"))
    });
    assert!(log.contains("set_password") && !log.contains(secret), "{log}");
}
