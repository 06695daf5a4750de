//! People without an account, where the operator admits them.

use crate::support::Server;

#[tokio::test]
async fn guests_talk_with_members() {
    let server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", &[]).await;
    let mut gina = server.guest("gina").await;
    gina.run("JOIN #cafe").await;
    alice.run("JOIN #cafe").await;
    gina.send("PRIVMSG #cafe :hello from outside").await;
    let heard = alice.until("PRIVMSG").await;
    assert_eq!((heard.nick(), heard.last()), ("gina", "hello from outside"));
    alice.send("PRIVMSG gina :hello inside").await;
    assert_eq!(gina.until("PRIVMSG").await.last(), "hello inside");
}

#[tokio::test]
async fn a_guest_cannot_have_the_name_of_an_account() {
    let server = Server::with(&["--guests"]);
    server.adduser("bob");
    for nick in ["bob", "BOB", "b0b"] {
        let mut guest = server.connect().await;
        guest.send(format!("NICK {nick}")).await;
        guest.send("USER guest 0 * :A guest").await;
        let refused = guest.until("433").await;
        assert_eq!(refused.param(1), nick);
        guest.ask("NICK honest", "001").await;
        let refused = guest.ask(&format!("NICK {nick}"), "433").await;
        assert_eq!(refused.param(1), nick);
    }
}

#[tokio::test]
async fn two_guests_cannot_share_a_nick() {
    let server = Server::with(&["--guests"]);
    let mut first = server.guest("gina").await;
    let mut second = server.connect().await;
    second.send("NICK GINA").await;
    second.send("USER gina 0 * :Another").await;
    assert_eq!(second.until("433").await.param(1), "GINA");
    first.send("QUIT :bye").await;
    first.closed().await;
    second.ask("NICK gina", "001").await;
}

#[tokio::test]
async fn a_guests_membership_ends_with_the_connection() {
    let server = Server::with(&["--guests"]);
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #cafe").await;
    let mut gina = server.guest("gina").await;
    gina.run("JOIN #cafe").await;
    alice.expect("gina's JOIN", |m| m.command == "JOIN" && m.nick() == "gina").await;
    drop(gina);
    alice.expect("gina's QUIT", |m| m.command == "QUIT" && m.nick() == "gina").await;
    let names = alice.ask("NAMES #cafe", "353").await;
    assert!(!names.last().contains("gina"), "{names}");
}

#[tokio::test]
async fn a_wrong_nick_is_refused_and_a_right_one_goes_on() {
    let server = Server::with(&["--guests"]);
    let mut gina = server.connect().await;
    gina.send("USER gina 0 * :Gina").await;
    for nick in ["*", "1st", "a.b", "näme"] {
        assert_eq!(gina.ask(&format!("NICK {nick}"), "432").await.param(1), nick);
    }
    gina.ask("NICK", "431").await;
    gina.ask("JOIN #cafe", "451").await;
    gina.ask("NICK gina", "001").await;
    gina.ask("USER gina 0 * :Gina", "462").await;
}

#[tokio::test]
async fn the_default_name_is_guest_and_the_remote_port() {
    let server = Server::with(&["--guests"]);
    let mut guest = server.connect().await;
    guest.register_guest("guest").await;
    let told = guest.run("WHOIS guest").await;
    assert_eq!(told[0].command, "401", "nobody is called that: {told:?}");
    let own = format!("guest{}", guest.local_port);
    assert_eq!(guest.ask(&format!("WHOIS {own}"), "311").await.param(1), own);
}
