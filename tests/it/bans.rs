//! Bans: who is kept out, from when, for how long, and what they are told.

use chat_secure::protocol::sasl;

use crate::support::{Client, Message, PASSWORD, Server};

/// The administrator, who is there by a unix socket and so has no address of their own.
async fn root(server: &Server) -> Client {
    let mut root = Client::plain(&format!("unix:{}", server.folder().join("chat.sock").display())).await;
    root.login("root", PASSWORD, &[]).await;
    root
}

fn server() -> Server {
    let server = Server::with(&["--guests", "--listen-plain=127.0.0.1:0", "--listen-plain=unix:chat.sock"]);
    server
        .chatctl_with(&["adduser", "root", "--admin", "--password-stdin"], &format!("{PASSWORD}\n"))
        .success();
    server
}

async fn plain(server: &Server) -> Client {
    Client::plain(&server.plain_addresses()[0]).await
}

/// What the server says before it closes the connection.
async fn farewell(client: &mut Client) -> String {
    let told = client.closed().await;
    let error = told.iter().find(|m| m.command == "ERROR");
    error.unwrap_or_else(|| panic!("{told:?}")).last().to_owned()
}

fn listed(told: &[Message]) -> Vec<&str> {
    told.iter().filter(|m| m.is("NOTE", &["BANS", "BAN"])).map(|m| m.param(2)).collect()
}

#[tokio::test]
async fn a_banned_address_is_thrown_out_and_turned_away_until_the_ban_is_lifted() {
    let mut server = server();
    let mut root = root(&server).await;
    let mut gina = plain(&server).await;
    gina.register_guest("gina").await;
    let mut registering = plain(&server).await;
    registering.sync().await;
    let done = root.ask("BAN 127.0.0.0/8 1h30m :too noisy", "NOTE").await;
    assert!(done.is("NOTE", &["BAN", "BANNED", "127.0.0.0/8"]), "{done}");
    assert!(done.last().ends_with("ended: 2"), "{done}");
    for client in [&mut gina, &mut registering] {
        let text = farewell(client).await;
        assert!(text.contains("You are banned until") && text.ends_with(": too noisy"), "{text}");
    }
    assert!(farewell(&mut plain(&server).await).await.contains("too noisy"));

    server.restart();
    assert!(farewell(&mut plain(&server).await).await.contains("too noisy"));
    let mut root = self::root(&server).await;
    let told = root.run("BANS").await;
    assert_eq!(listed(&told), ["127.0.0.0/8"]);
    assert!(told.iter().any(|m| m.is("NOTE", &["BANS", "END", "1"])), "{told:?}");
    root.ask("UNBAN 127.0.0.1", "FAIL").await;
    let done = root.ask("UNBAN 127.0.0.7/8", "NOTE").await;
    assert!(done.is("NOTE", &["UNBAN", "LIFTED", "127.0.0.0/8"]), "{done}");
    plain(&server).await.register_guest("gina").await;
    assert!(listed(&root.run("BANS").await).is_empty());
}

#[tokio::test]
async fn a_banned_address_gets_no_handshake() {
    let server = server();
    for target in ["127.0.0.1", "::1"] {
        server.chatctl(&["ban", "add", target, "--force"]).success();
    }
    assert!(Client::tls_or_refused(server.port(), server.fingerprint()).await.is_none());
    server.chatctl(&["ban", "lift", "127.0.0.1"]).success();
    server.chatctl(&["ban", "lift", "::1"]).success();
    assert!(Client::tls_or_refused(server.port(), server.fingerprint()).await.is_some());
}

#[tokio::test]
async fn a_banned_account_is_thrown_out_everywhere_and_can_not_sign_in() {
    let server = server();
    let mut root = root(&server).await;
    let mut bob = server.newcomer("bob", &[]).await;
    let mut phone = server.login("bob", &[]).await;
    let mut between = server.connect().await;
    between.begin("bob", &[]).await;
    assert_eq!(between.authenticate("bob", PASSWORD).await.command, "903");
    let done = root.ask("BAN account:BOB * spam and more spam", "NOTE").await;
    assert!(done.is("NOTE", &["BAN", "BANNED", "account:BOB", "*"]), "{done}");
    for client in [&mut bob, &mut phone] {
        assert!(farewell(client).await.contains("You are banned: spam and more spam"));
    }
    between.send("CAP END").await;
    assert!(farewell(&mut between).await.contains("spam and more spam"));
    root.ask("UNBAN account:bob", "NOTE").await;
    server.login("bob", &[]).await;
}

/// What the server says to this attempt to sign in, up to the line that decides.
async fn sign_in(client: &mut Client, account: &str, password: &str) -> Vec<String> {
    let plain = sasl::Plain { name: account.into(), password: password.to_owned().into() };
    client.ask("AUTHENTICATE PLAIN", "AUTHENTICATE").await;
    for chunk in sasl::chunks(&plain.to_answer()) {
        client.send(format!("AUTHENTICATE {}", chunk.as_str())).await;
    }
    let mut told = Vec::new();
    loop {
        let message = client.next().await;
        told.push(format!("{} {}", message.command, message.last()));
        if ["903", "904"].contains(&&*message.command) {
            return told;
        }
    }
}

#[tokio::test]
async fn who_is_banned_is_told_at_sign_in_and_nobody_else_learns_of_it() {
    let server = server();
    server.adduser("bob");
    server.chatctl(&["ban", "add", "account:bob", "--reason", "noise"]).success();
    let mut bob = server.connect().await;
    bob.begin("bob", &[]).await;
    let told = sign_in(&mut bob, "bob", PASSWORD).await;
    assert_eq!(told, ["465 You are banned: noise", "904 SASL authentication failed"]);
    assert_eq!(sign_in(&mut bob, "bob", "wrong").await, ["904 SASL authentication failed"]);
    // Somebody else may still come by that connection.
    assert_eq!(sign_in(&mut bob, "root", PASSWORD).await.last().unwrap()[..3], *"903");
}

#[tokio::test]
async fn a_ban_ends_by_itself() {
    let server = server();
    let mut root = root(&server).await;
    root.ask("BAN 127.0.0.1 1s", "NOTE").await;
    // The door stays shut until the second is over, and no longer.
    loop {
        let mut client = plain(&server).await;
        client.send("PING open").await;
        if client.next().await.command == "PONG" {
            break;
        }
    }
    assert!(listed(&root.run("BANS").await).is_empty());
}

#[tokio::test]
async fn a_ban_that_makes_no_sense_is_refused() {
    let server = server();
    let mut root = root(&server).await;
    server.adduser("bob");
    for (line, code) in [
        ("BAN bob", "INVALID_TARGET"),
        ("BAN 192.0.2.0/33", "INVALID_TARGET"),
        ("BAN account:nobody", "NO_SUCH_ACCOUNT"),
        ("BAN account:root", "OWN_ACCOUNT"),
        ("BAN account:bob 1x", "INVALID_DURATION"),
        ("BAN account:bob 0s", "INVALID_DURATION"),
        ("UNBAN account:bob", "NO_SUCH_BAN"),
        ("UNBAN nonsense", "INVALID_TARGET"),
    ] {
        let refused = root.ask(line, "FAIL").await;
        assert_eq!(refused.param(1), code, "{line}");
    }
    let mut own = plain(&server).await;
    own.login("root", PASSWORD, &[]).await;
    assert_eq!(own.ask("BAN 127.0.0.0/8", "FAIL").await.param(1), "OWN_ADDRESS");
    assert!(listed(&root.run("BANS").await).is_empty());
    let mut bob = server.login("bob", &[]).await;
    for line in ["BAN 192.0.2.1", "UNBAN 192.0.2.1", "BANS"] {
        bob.ask(line, "481").await;
    }
}
