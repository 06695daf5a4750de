//! Whether an account stays in its rooms without a session, where it has its own word on it.

use crate::support::{Client, Server};

fn server(default: bool) -> Server {
    Server::with(&[&format!("--always-on={default}"), "--default-room="])
}

async fn names(client: &mut Client) -> String {
    let names = client.ask("NAMES #room", "353").await;
    client.until("366").await;
    names.last().to_owned()
}

/// Alice, who says this of herself, and Bob, who stays; both are in `#room`.
async fn two(server: &Server, setting: &str) -> (Client, Client) {
    let mut bob = server.newcomer("bob", &[]).await;
    bob.run("NICKSERV SET ALWAYS-ON true").await;
    bob.run("JOIN #room").await;
    let mut alice = server.newcomer("alice", &[]).await;
    let told = alice.run(&format!("PRIVMSG NickServ :SET ALWAYS-ON {setting}")).await;
    assert!(told.len() == 1 && told[0].command == "NOTICE", "{told:?}");
    alice.run("JOIN #room").await;
    bob.sync().await;
    (alice, bob)
}

async fn quit(client: &mut Client) {
    client.send("QUIT :bye").await;
    client.closed().await;
}

#[tokio::test]
async fn who_stays_stays_although_others_do_not_also_over_a_restart() {
    let mut server = server(false);
    let (mut alice, mut bob) = two(&server, "true").await;
    quit(&mut alice).await;
    let seen = bob.sync().await;
    assert!(seen.iter().all(|m| m.command != "QUIT"), "{seen:?}");
    assert_eq!(names(&mut bob).await, "alice @bob");
    for killed in [false, true] {
        server.come_back(killed);
        let mut bob = server.login("bob", &[]).await;
        assert_eq!(names(&mut bob).await, "alice @bob");
    }
    let mut alice = server.connect().await;
    let greeting = alice.login("alice", crate::support::PASSWORD, &[]).await;
    assert!(greeting.iter().any(|m| m.is("JOIN", &["#room"])), "{greeting:?}");
}

#[tokio::test]
async fn who_goes_goes_although_others_stay_also_after_a_power_cut() {
    let mut server = server(true);
    let (mut alice, mut bob) = two(&server, "false").await;
    quit(&mut alice).await;
    assert_eq!(bob.until("QUIT").await.nick(), "alice");
    assert_eq!(names(&mut bob).await, "@bob");
    let mut alice = server.login("alice", &[]).await;
    alice.run("JOIN #room").await;
    server.kill();
    server.start_again();
    let mut bob = server.login("bob", &[]).await;
    assert_eq!(names(&mut bob).await, "@bob");
}

#[tokio::test]
async fn the_default_is_what_the_server_does() {
    for default in [true, false] {
        let server = server(default);
        let (mut alice, mut bob) = two(&server, &(!default).to_string()).await;
        alice.run("NICKSERV SET ALWAYS-ON default").await;
        let info = alice.run("NICKSERV INFO").await;
        assert!(info.iter().any(|m| m.last() == "ALWAYS-ON: default"), "{info:?}");
        quit(&mut alice).await;
        if !default {
            bob.until("QUIT").await;
        }
        assert_eq!(names(&mut bob).await, if default { "alice @bob" } else { "@bob" });
    }
}

#[tokio::test]
async fn a_guest_has_nothing_to_set_and_nonsense_is_refused() {
    let server = Server::with(&["--guests"]);
    server.adduser("alice");
    let mut gina = server.guest("gina").await;
    for (line, words) in [
        ("NICKSERV SET ALWAYS-ON true", "not signed in"),
        ("NICKSERV INFO", "not signed in"),
        ("NICKSERV SET ALWAYS-ON maybe", "true, false or default"),
        ("NICKSERV SET COLOUR red", "nothing else"),
    ] {
        let told = gina.run(line).await;
        assert!(told.len() == 1 && told[0].last().contains(words), "{line}: {told:?}");
    }
}

#[tokio::test]
async fn chatctl_sets_and_shows_it_and_it_works_at_once() {
    let server = server(true);
    let (mut alice, mut bob) = two(&server, "default").await;
    assert!(server.chatctl(&["users"]).success().contains("default"));
    quit(&mut alice).await;
    assert_eq!(names(&mut bob).await, "alice @bob");
    server.chatctl(&["always-on", "alice", "off"]).success();
    assert_eq!(bob.until("QUIT").await.nick(), "alice");
    assert_eq!(names(&mut bob).await, "@bob");
    let shown = server.chatctl(&["users"]).success();
    assert!(shown.contains("ALWAYS ON") && shown.contains("off"), "{shown}");
    let json = server.chatctl(&["users", "--json"]).success();
    assert!(json.contains(r#""always_on":false"#), "{json}");
    let audit = server.chatctl(&["audit"]).success();
    assert!(audit.contains("set_always_on") && audit.contains("alice"), "{audit}");
    server.chatctl(&["always-on", "nobody", "on"]).failure(3);
    server.stop();
    server.chatctl(&["always-on", "alice", "on"]).success();
    let json = server.chatctl(&["users", "--json"]).success();
    assert!(json.contains(r#""always_on":true"#), "{json}");
}
