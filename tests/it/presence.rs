//! Away and back, who is who, and what everybody may ask.

use crate::support::Server;

#[tokio::test]
async fn away_is_told_to_those_who_watch_and_those_who_write() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &["away-notify"]).await;
    let mut carol = server.newcomer("carol", &[]).await;
    for client in [&mut alice, &mut bob, &mut carol] {
        client.run("JOIN #room").await;
    }
    alice.ask("AWAY :at lunch", "306").await;
    let seen = bob.until("AWAY").await;
    assert_eq!((seen.nick(), seen.last()), ("alice", "at lunch"));
    carol.send("PRIVMSG alice :hungry?").await;
    assert_eq!(carol.until("301").await.params[1..], ["alice", "at lunch"]);
    alice.ask("AWAY", "305").await;
    assert_eq!(bob.until("AWAY").await.params.len(), 0);
    let told = carol.sync().await;
    assert!(told.iter().all(|m| m.command != "AWAY"), "{told:?}");
}

#[tokio::test]
async fn who_disconnects_is_offline_whatever_they_said_before() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &["away-notify"]).await;
    for client in [&mut alice, &mut bob] {
        client.run("JOIN #room").await;
    }
    alice.ask("AWAY :at lunch", "306").await;
    assert_eq!(bob.until("AWAY").await.last(), "at lunch");
    alice.send("QUIT").await;
    alice.closed().await;
    assert_eq!(bob.until("AWAY").await.last(), "offline");
    assert_eq!(bob.ask("PRIVMSG alice :hungry?", "301").await.last(), "offline");
    assert_eq!(bob.ask("WHOIS alice", "301").await.last(), "offline");
    let _alice = server.login("alice", &[]).await;
    assert!(bob.until("AWAY").await.params.is_empty(), "who returns is there");
}

#[tokio::test]
async fn somebody_is_away_when_they_are_at_all_their_sessions() {
    let server = Server::start();
    let mut desk = server.newcomer("alice", &[]).await;
    let mut bob = server.newcomer("bob", &["away-notify"]).await;
    for client in [&mut desk, &mut bob] {
        client.run("JOIN #room").await;
    }
    let mut phone = server.login("alice", &[]).await;
    desk.ask("AWAY :idle", "306").await;
    assert!(bob.sync().await.iter().all(|m| m.command != "AWAY"), "she is at the phone");
    phone.ask("AWAY :on the train", "306").await;
    assert_eq!(bob.until("AWAY").await.last(), "on the train");
    phone.send("QUIT").await;
    phone.closed().await;
    assert_eq!(bob.until("AWAY").await.last(), "idle");
    desk.ask("AWAY", "305").await;
    assert!(bob.until("AWAY").await.params.is_empty());
}

#[tokio::test]
async fn whois_tells_who_somebody_is() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #room").await;
    let mut bob = server.newcomer("bob", &[]).await;
    let told = bob.run("WHOIS alice").await;
    assert_eq!(told.first().unwrap().params[..2], ["bob", "alice"]);
    assert_eq!((told[0].command.as_str(), told.last().unwrap().command.as_str()), ("311", "318"));
    let find = |numeric: &str| told.iter().find(|m| m.command == numeric);
    assert!(find("319").unwrap().last().contains("@#room"));
    assert_eq!(find("330").unwrap().param(2), "alice");
    assert!(find("671").is_some());
    let told = bob.run("WHOIS nobody").await;
    let commands: Vec<_> = told.iter().map(|m| m.command.as_str()).collect();
    assert_eq!(commands, ["401", "318"]);
}

#[tokio::test]
async fn who_lists_members() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #room").await;
    alice.run("AWAY :gone").await;
    let mut bob = server.newcomer("bob", &[]).await;
    bob.run("JOIN #room").await;
    let told = bob.run("WHO #room").await;
    let row = |nick: &str| told.iter().find(|m| m.command == "352" && m.param(5) == nick).unwrap();
    assert!(row("alice").param(6).starts_with("G") && row("alice").param(6).contains('@'), "{told:?}");
    assert!(row("bob").param(6).starts_with("H"), "{told:?}");
    assert_eq!(told.last().unwrap().command, "315");
    let told = bob.run("WHO alice %tna,42").await;
    assert_eq!(told[0].params[1..], ["42", "alice", "alice"]);
    assert_eq!(bob.run("WHO nobody").await.len(), 1);
}

#[tokio::test]
async fn a_new_real_name_is_told_to_those_who_asked() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &["setname"]).await;
    let mut bob = server.newcomer("bob", &["setname"]).await;
    alice.run("JOIN #room").await;
    bob.run("JOIN #room").await;
    alice.send("SETNAME :Alice in Wonderland").await;
    for client in [&mut alice, &mut bob] {
        assert_eq!(client.until("SETNAME").await.last(), "Alice in Wonderland");
    }
}

#[tokio::test]
async fn the_message_of_the_day_is_shown() {
    let server = Server::with_folder(&["--motd=motd.txt"], |folder| {
        std::fs::write(folder.join("motd.txt"), "Be kind.\nMake backups.\n").unwrap();
    });
    let mut alice = server.newcomer("alice", &[]).await;
    let told = alice.run("MOTD").await;
    let commands: Vec<_> = told.iter().map(|m| m.command.as_str()).collect();
    assert_eq!(commands, ["375", "372", "372", "376"]);
    assert!(told[1].last().ends_with("Be kind."), "{told:?}");
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    alice.ask("MOTD", "422").await;
}

#[tokio::test]
async fn what_is_no_command_is_told_and_the_connection_goes_on() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    assert_eq!(alice.ask("DANCE", "421").await.param(1), "DANCE");
    assert_eq!(alice.ask("JOIN", "461").await.param(1), "JOIN");
    let pong = alice.ask("PING :a token", "PONG").await;
    assert_eq!(pong.params, ["localhost", "a token"]);
    let none = alice.run("PING").await;
    assert!(["409", "461"].contains(&none[0].command.as_str()), "{none:?}");
}

#[tokio::test]
async fn small_questions_get_small_answers() {
    let server = Server::start();
    let mut alice = server.newcomer("alice", &[]).await;
    server.adduser("bob");
    assert_eq!(alice.ask("ISON alice nobody", "303").await.last().trim(), "alice");
    assert!(alice.ask("USERHOST alice", "302").await.last().starts_with("alice=+"));
    assert!(alice.ask("LUSERS", "251").await.last().starts_with("There are "));
    assert_eq!(alice.ask("TIME", "391").await.param(1), "localhost");
    assert!(alice.ask("VERSION", "351").await.param(1).contains("chat-secure"));
    alice.ask("PASS word", "462").await;
}
