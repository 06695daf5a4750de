//! The modes of users: what they keep off, who hears of them, and that they last.

use crate::support::{Client, PASSWORD, Server};

#[tokio::test]
async fn who_hears_only_accounts_is_not_spoken_to_by_guests() {
    let server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    let mut gina = server.guest("gina").await;
    let mut hank = server.guest("hank").await;
    assert_eq!(alice.ask("MODE alice +R", "MODE").await.params, ["alice", "+R"]);
    let refused = gina.ask("PRIVMSG alice :buy my hats", "477").await;
    assert_eq!(refused.param(1), "alice");
    assert!(gina.run("NOTICE alice :buy my hats").await.is_empty(), "a NOTICE has no error");
    bob.send("PRIVMSG alice :hello").await;
    assert_eq!(alice.until("PRIVMSG").await.nick(), "bob");

    // Whom one speaks to may answer, under any nick; who takes the nick later may not.
    alice.run("PRIVMSG gina :which hats?").await;
    gina.until("PRIVMSG").await;
    gina.run("NICK vera").await;
    gina.send("PRIVMSG alice :green ones").await;
    assert_eq!(alice.until("PRIVMSG").await.last(), "green ones");
    hank.run("NICK gina").await;
    hank.ask("PRIVMSG alice :it's me", "477").await;

    // Or is accepted, and no longer.
    assert!(alice.run("ACCEPT gina").await.is_empty());
    assert_eq!(alice.ask("ACCEPT *", "281").await.last(), "vera gina");
    alice.until("282").await;
    hank.send("PRIVMSG alice :really me").await;
    assert_eq!(alice.until("PRIVMSG").await.last(), "really me");
    alice.run("ACCEPT -gina,-vera").await;
    for guest in [&mut gina, &mut hank] {
        guest.ask("PRIVMSG alice :and now?", "477").await;
    }
    alice.ask("ACCEPT nobody", "401").await;
}

#[tokio::test]
async fn who_may_not_speak_does_not_do_so_through_an_old_message() {
    const CAPS: &[&str] =
        &["chat-secure/message-edit", "draft/message-redaction", "message-tags", "echo-message"];
    let server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", CAPS).await;
    let mut gina = server.connect().await;
    gina.begin("gina", CAPS).await;
    gina.ask("CAP END", "001").await;
    gina.sync().await;
    let id = gina.ask("PRIVMSG alice :hello", "PRIVMSG").await.tag("msgid").unwrap();
    alice.ask("MODE alice +RT", "MODE").await;
    alice.run("ACCEPT gina").await;
    gina.ask(&format!("EDIT alice {id} :\u{1}VERSION\u{1}"), "492").await;
    gina.ask(&format!("EDIT alice {id} :hello Alice"), "EDIT").await;
    alice.run("ACCEPT -gina").await;
    gina.ask(&format!("EDIT alice {id} :buy my hats"), "477").await;
    gina.ask(&format!("REDACT alice {id} :buy my hats"), "REDACT").await;
    let told = alice.sync().await;
    let told = told.iter().find(|m| m.command == "REDACT").unwrap();
    assert_eq!(told.params, ["alice", &id], "{told}");

    // Nor in a room.
    let mut bob = server.newcomer("bob", CAPS).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    let id = bob.ask("PRIVMSG #room :hello", "PRIVMSG").await.tag("msgid").unwrap();
    alice.ask("MODE #room +m", "MODE").await;
    let told = bob.ask(&format!("REDACT #room {id} :and another thing"), "REDACT").await;
    assert_eq!(told.params, ["#room", &id], "{told}");
}

#[tokio::test]
async fn who_wants_no_ctcp_gets_none() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    alice.run("MODE alice +T").await;
    bob.ask("PRIVMSG alice :\u{1}VERSION\u{1}", "492").await;
    bob.run("NOTICE alice :\u{1}VERSION x\u{1}").await;
    bob.run("PRIVMSG alice :\u{1}ACTION waves\u{1}").await;
    assert_eq!(alice.until("PRIVMSG").await.last(), "\u{1}ACTION waves\u{1}");
}

#[tokio::test]
async fn who_only_looks_into_a_room_does_not_find_the_invisible_there() {
    let server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    for client in [&mut alice, &mut bob] {
        client.run("JOIN #room").await;
    }
    alice.run("MODE alice +i").await;
    let mut gina = server.guest("gina").await;
    assert_eq!(gina.ask("NAMES #room", "353").await.last(), "bob");
    let found = gina.run("WHO #room").await;
    assert_eq!(found.iter().filter(|m| m.command == "352").count(), 1, "{found:?}");
    // Who is in it sees them, and so do they themselves.
    for client in [&mut alice, &mut bob] {
        assert_eq!(client.ask("NAMES #room", "353").await.last(), "@alice bob");
    }
    gina.run("JOIN #room").await;
    assert_eq!(gina.ask("NAMES #room", "353").await.last(), "@alice bob gina");
}

#[tokio::test]
async fn a_change_is_shown_on_all_devices_and_to_nobody_else() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    let mut phone = server.login("alice", &[]).await;
    let mut bob = server.newcomer("bob", &[]).await;
    assert_eq!(alice.ask("MODE alice +iB", "MODE").await.params, ["alice", "+Bi"]);
    assert_eq!(phone.until("MODE").await.params, ["alice", "+Bi"]);
    assert!(alice.run("MODE alice +i").await.is_empty());
    assert_eq!(phone.ask("MODE alice", "221").await.param(1), "+Bi");
    assert!(bob.sync().await.is_empty());
    bob.ask("MODE alice -i", "502").await;
    bob.ask("MODE nobody", "401").await;
    alice.ask("MODE alice +Z", "501").await;
    assert_eq!(alice.ask("MODE alice -i+w", "MODE").await.params, ["alice", "+w-i"]);
}

#[tokio::test]
async fn the_modes_of_accounts_outlast_a_restart() {
    let mut server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("MODE alice +RB").await;
    server.restart();
    let mut gina = server.guest("gina").await;
    gina.ask("PRIVMSG alice :while you are away", "477").await;
    let shown = modes_at_entry(&server, "alice").await;
    assert_eq!(shown, "+BR");
}

#[tokio::test]
async fn where_nobody_stays_modes_end_with_the_visit() {
    let mut server = Server::with(&["--guests", "--always-on=false"]);
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("MODE alice +RB").await;
    alice.send("QUIT").await;
    alice.closed().await;
    assert_eq!(modes_at_entry(&server, "alice").await, "+");
    server.restart();
    assert_eq!(modes_at_entry(&server, "alice").await, "+");
}

async fn modes_at_entry(server: &Server, account: &str) -> String {
    let mut client: Client = server.connect().await;
    let shown = client.login(account, PASSWORD, &[]).await;
    shown.iter().find(|m| m.command == "221").unwrap().param(1).to_owned()
}

#[tokio::test]
async fn everybody_begins_with_the_modes_that_are_set() {
    let server = Server::with(&["--guests", "--default-user-modes=+iw"]);
    let mut gina = server.connect().await;
    let shown = gina.register_guest("gina").await;
    assert_eq!(shown.iter().find(|m| m.command == "221").unwrap().param(1), "+iw");
    server.adduser("alice");
    assert_eq!(modes_at_entry(&server, "alice").await, "+iw");
    assert!(gina.ask("LUSERS", "251").await.last().contains(" 0 users and "));
    let said = crate::support::start_server(&["--default-user-modes=+o"], |_| {}).failure(2);
    assert!(said.contains("letters of i, R, T and w"), "{said}");
}
