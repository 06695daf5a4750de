//! How accounts come to be: invitations, REGISTER, and what the operator allows.

use crate::support::{Client, Message, PASSWORD, Server};

/// A connection that has said its nick and user but is not in yet.
async fn applicant(server: &Server, nick: &str) -> Client {
    let mut client = server.connect().await;
    client.begin(nick, &[]).await;
    client
}

/// The answer to REGISTER, good or bad.
async fn register(client: &mut Client, password: &str) -> Message {
    client.send(format!("REGISTER * * :{password}")).await;
    client.expect("the answer to REGISTER", |m| ["REGISTER", "FAIL"].contains(&m.command.as_str())).await
}

#[tokio::test]
async fn the_first_invitation_makes_an_administrator() {
    let server = Server::start();
    let mut alice = applicant(&server, "alice").await;
    alice.send(format!("INVITATION {}", server.invitation())).await;
    let done = register(&mut alice, "a good long password").await;
    assert_eq!(done.params[..2], ["SUCCESS", "alice"]);
    alice.until("900").await;
    alice.ask("CAP END", "001").await;
    let users = server.chatctl(&["users", "--json"]).success();
    assert!(users.contains("alice") && users.contains("admin"), "{users}");

    let mut again = server.connect().await;
    again.login("alice", "a good long password", &[]).await;
}

#[tokio::test]
async fn an_invitation_makes_one_account() {
    let server = Server::start();
    let code = server.invitation();
    for (nick, made) in [("alice", true), ("bob", false)] {
        let mut client = applicant(&server, nick).await;
        client.send(format!("INVITATION {code}")).await;
        let answer = register(&mut client, "a good long password").await;
        assert_eq!(answer.command == "REGISTER", made, "{answer}");
    }
}

#[tokio::test]
async fn without_an_invitation_nobody_registers_unless_it_is_open() {
    for (flag, made) in
        [("--registration=invite", false), ("--registration=closed", false), ("--registration=open", true)]
    {
        let server = Server::with(&[flag]);
        let mut alice = applicant(&server, "alice").await;
        let answer = register(&mut alice, "a good long password").await;
        assert_eq!(answer.command == "REGISTER", made, "{flag}: {answer}");
    }
}

#[tokio::test]
async fn a_taken_name_and_a_weak_password_are_refused() {
    let server = Server::with(&["--registration=open"]);
    server.adduser("bob");
    for nick in ["bob", "B0B"] {
        let mut client = applicant(&server, nick).await;
        let answer = register(&mut client, "a good long password").await;
        assert_eq!(answer.params[..2], ["REGISTER", "ACCOUNT_EXISTS"], "{nick}");
    }
    let mut carol = applicant(&server, "carol").await;
    assert_eq!(register(&mut carol, "short").await.params[..2], ["REGISTER", "WEAK_PASSWORD"]);
    assert_eq!(register(&mut carol, "long enough").await.param(0), "SUCCESS");
}

#[tokio::test]
async fn no_account_is_made_under_a_nick_that_somebody_holds() {
    let mut server = Server::with(&["--registration=open", "--guests"]);
    let mut alice = server.newcomer("alice", &[]).await;
    alice.ask("NICK al", "NICK").await;
    let _gina = server.guest("gina").await;
    for present in [true, false] {
        for nick in ["al", "AL", "gina"] {
            let mut client = server.connect().await;
            client.begin("somebody", &[]).await;
            client.send(format!("REGISTER {nick} * :a good long password")).await;
            assert_eq!(client.until("FAIL").await.params[..2], ["REGISTER", "ACCOUNT_EXISTS"], "{nick}");
            server.chatctl_with(&["adduser", nick, "--password-stdin"], PASSWORD).failure(4);
        }
        if present {
            // Who is away keeps the nick.
            alice.send("QUIT").await;
            alice.closed().await;
        }
    }
    server.stop();
    server.chatctl_with(&["adduser", "al", "--password-stdin"], PASSWORD).failure(4);
    // The guest is gone.
    server.adduser("gina");
    server.start_again();
    server.login("gina", &[]).await;
}
