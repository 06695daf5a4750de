//! Signing in: who is admitted, and what the others are told.

use crate::support::{Client, Message, PASSWORD, Server};

/// What an outsider learns from a failed attempt: the words, without their own nick.
fn words(message: &Message) -> (String, String) {
    (message.command.clone(), message.last().to_owned())
}

#[tokio::test]
async fn a_right_password_admits() {
    let server = Server::start();
    server.adduser("alice");
    let mut alice = server.connect().await;
    alice.begin("alice", &[]).await;
    alice.send("AUTHENTICATE PLAIN").await;
    assert_eq!(alice.until("AUTHENTICATE").await.params, ["+"]);
    alice.send("AUTHENTICATE *").await;
    alice.until("906").await;
    assert_eq!(alice.authenticate("ALICE", PASSWORD).await.command, "903");
    alice.send("CAP END").await;
    let welcome = alice.until("001").await;
    assert_eq!(welcome.param(0), "alice");
    for command in ["002", "003", "004", "005"] {
        assert_eq!(alice.next().await.command, command);
    }
    let again = alice.ask("AUTHENTICATE PLAIN", "907").await;
    assert_eq!(again.param(0), "alice");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_get_the_same_words() {
    let server = Server::start();
    server.adduser("alice");
    let mut told = Vec::new();
    for name in ["alice", "nobody"] {
        let mut client = server.connect().await;
        client.begin("somebody", &[]).await;
        told.push(words(&client.authenticate(name, "wrong password").await));
        client.send("CAP END").await;
        let rest = client.closed().await;
        assert!(rest.iter().all(|message| message.command != "001"), "{rest:?}");
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(told[0].0, "904");
}

#[tokio::test]
async fn after_a_wrong_password_the_right_one_admits() {
    let server = Server::start();
    server.adduser("alice");
    let mut alice = server.connect().await;
    alice.begin("alice", &[]).await;
    assert_eq!(alice.authenticate("alice", "wrong password").await.command, "904");
    assert_eq!(alice.authenticate("alice", PASSWORD).await.command, "903");
    alice.send("CAP END").await;
    alice.until("001").await;
}

#[tokio::test]
async fn without_an_account_nobody_is_admitted() {
    let server = Server::start();
    let mut stranger = server.connect().await;
    stranger.send("NICK stranger").await;
    stranger.send("USER stranger 0 * :A stranger").await;
    let told = stranger.closed().await;
    assert!(told.iter().any(|message| message.is("FAIL", &["*", "ACCOUNT_REQUIRED"])), "{told:?}");
    assert!(told.iter().any(|message| message.command == "ERROR"), "{told:?}");
    assert!(told.iter().all(|message| message.command != "001"), "{told:?}");
}

#[tokio::test]
async fn answers_that_are_none_are_refused() {
    let server = Server::start();
    server.adduser("alice");
    let mut client = server.connect().await;
    client.begin("alice", &[]).await;
    // Not base64; no password; speaking for somebody else.
    for (answer, reply) in [("####", "904"), ("AGFsaWNlAA==", "904"), ("Ym9iAGFsaWNlAHNlY3JldA==", "904")] {
        client.send("AUTHENTICATE PLAIN").await;
        client.until("AUTHENTICATE").await;
        client.ask(&format!("AUTHENTICATE {answer}"), reply).await;
    }
    client.send("AUTHENTICATE PLAIN").await;
    client.until("AUTHENTICATE").await;
    client.ask(&format!("AUTHENTICATE {}", "a".repeat(401)), "905").await;
    client.ask("AUTHENTICATE NOSUCH", "904").await;
}

#[tokio::test]
async fn pipelined_commands_are_done_in_order() {
    let server = Server::start();
    server.adduser("alice");
    let mut alice = server.connect().await;
    let plain = "AGFsaWNlAGNvcnJlY3QgaG9yc2UgYmF0dGVyeQ==";
    for line in ["CAP REQ sasl", "AUTHENTICATE PLAIN", &format!("AUTHENTICATE {plain}"), "NICK alice"] {
        alice.send(line).await;
    }
    alice.send("USER alice 0 * :Alice").await;
    alice.send("CAP END").await;
    alice.send("PING last").await;
    let commands: Vec<_> = alice.all_until("PONG").await.into_iter().map(|m| m.command).collect();
    let place = |command: &str| commands.iter().position(|c| c == command).unwrap();
    assert!(place("903") < place("001") && place("001") < place("PONG"), "{commands:?}");
}

#[tokio::test]
async fn long_passwords_go_in_several_chunks() {
    let server = Server::start();
    let long = "héron ".repeat(85) + "é";
    server.chatctl_with(&["adduser", "alice", "--password-stdin"], &format!("{long}\n")).success();
    let mut alice = server.connect().await;
    alice.login("alice", &long, &[]).await;
}

#[tokio::test]
async fn who_guesses_has_to_wait_and_others_do_not() {
    let server = Server::start();
    server.adduser("alice");
    server.adduser("bob");
    let mut guesser = server.connect().await;
    guesser.begin("guesser", &[]).await;
    for _ in 0..3 {
        assert_eq!(guesser.authenticate("alice", "wrong password").await.command, "904");
    }
    guesser.send("AUTHENTICATE PLAIN").await;
    guesser.send("AUTHENTICATE AGFsaWNlAGNvcnJlY3QgaG9yc2UgYmF0dGVyeQ==").await;
    let told = guesser.until("FAIL").await;
    assert!(told.last().contains("try again in"), "{told}");
    guesser.until("904").await;
    assert_eq!(guesser.authenticate("bob", PASSWORD).await.command, "903");
}

#[tokio::test]
async fn many_devices_may_come_at_once() {
    let server = Server::start();
    server.adduser("alice");
    let (port, fingerprint) = (server.port(), server.fingerprint().to_owned());
    let devices: Vec<_> = (0..10)
        .map(|_| {
            let fingerprint = fingerprint.clone();
            tokio::spawn(async move {
                let mut device = Client::tls(port, &fingerprint, None).await;
                device.login("alice", PASSWORD, &[]).await;
            })
        })
        .collect();
    for device in devices {
        device.await.unwrap();
    }
}
