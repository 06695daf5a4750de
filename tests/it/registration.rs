//! What the operator wants of those who register or come without an account, and what may be said
//! before one is in.

use rustix::process::Signal;

use crate::support::{Client, Message, PASSWORD, Server, start_server};

const GOOD: &str = "a good long password";

async fn register(client: &mut Client, words: &str) -> Message {
    client.send(format!("REGISTER {words} :{GOOD}")).await;
    client.expect("the answer to REGISTER", |m| ["REGISTER", "FAIL"].contains(&m.command.as_str())).await
}

async fn applicant(server: &Server, nick: &str) -> Client {
    let mut client = server.connect().await;
    client.begin(nick, &[]).await;
    client
}

/// What `CAP LS 302` says of registering, by its value.
async fn offered(client: &mut Client) -> Option<String> {
    client.send("CAP LS 302").await;
    let lines = client.sync().await;
    let words = lines.iter().flat_map(|line| line.last().split(' '));
    let mut found = words.filter(|word| word.starts_with("draft/account-registration"));
    found.next().map(|word| word.split_once('=').map_or("", |(_, value)| value).to_owned())
}

#[tokio::test]
async fn an_address_is_asked_for_where_it_is_required_and_shown_to_administrators() {
    let server = Server::with(&["--registration=open", "--registration-email=required"]);
    let mut alice = applicant(&server, "alice").await;
    assert_eq!(offered(&mut alice).await.unwrap(), "before-connect,email-required,custom-account-name");
    for bad in ["*", "alice", "alice@", "a\u{e4}@example.org"] {
        let refused = register(&mut alice, &format!("* {bad}")).await;
        assert_eq!(refused.params[..3], ["REGISTER", "INVALID_EMAIL", "alice"], "{bad}");
    }
    assert_eq!(register(&mut alice, "* alice@example.org").await.param(0), "SUCCESS");
    let users = server.chatctl(&["users"]).success();
    assert!(users.contains("EMAIL") && users.contains("alice@example.org"), "{users}");
    let users = server.chatctl(&["users", "--json"]).success();
    assert!(users.contains("\"email\":\"alice@example.org\""), "{users}");
}

#[tokio::test]
async fn an_address_is_kept_only_where_the_operator_wants_it() {
    for (setting, given, kept) in
        [("none", "a@example.org", false), ("optional", "a@example.org", true), ("optional", "*", false)]
    {
        let server = Server::with(&["--registration=open", &format!("--registration-email={setting}")]);
        let mut alice = applicant(&server, "alice").await;
        assert_eq!(register(&mut alice, &format!("* {given}")).await.param(0), "SUCCESS");
        let users = server.chatctl(&["users"]).success();
        assert_eq!(users.contains("example.org"), kept, "{setting} {given}: {users}");
    }
}

#[tokio::test]
async fn registering_may_have_to_wait_until_one_is_in() {
    let server = Server::with(&["--registration=open", "--guests", "--registration-before-connect=false"]);
    let mut gina = applicant(&server, "gina").await;
    assert_eq!(offered(&mut gina).await.unwrap(), "custom-account-name");
    let refused = register(&mut gina, "* *").await;
    assert_eq!(refused.params[..3], ["REGISTER", "COMPLETE_CONNECTION_REQUIRED", "gina"]);
    let refused = gina.ask("VERIFY gina 1234", "FAIL").await;
    assert_eq!(refused.params[..3], ["VERIFY", "COMPLETE_CONNECTION_REQUIRED", "gina"]);
    gina.ask("CAP END", "001").await;
    assert_eq!(register(&mut gina, "ginger *").await.params[..2], ["SUCCESS", "ginger"]);
    gina.until("900").await;
    assert_eq!(gina.ask("WHOIS gina", "330").await.param(2), "ginger");
}

#[tokio::test]
async fn settings_that_would_let_nobody_register_are_refused() {
    let said = start_server(&["--registration-before-connect=false"], |_| {}).failure(2);
    assert!(said.contains("registration_before_connect") && said.contains("guests"), "{said}");
    let said = start_server(&["--server-password-hash=secret"], |_| {}).failure(2);
    assert!(said.contains("chatctl hash-password") && !said.contains("secret"), "{said}");
}

#[tokio::test]
async fn registering_names_what_is_wrong() {
    let server = Server::with(&["--registration=open"]);
    let mut client = server.connect().await;
    client.send("CAP LS 302").await;
    let refused = register(&mut client, "alice *").await;
    assert_eq!(refused.params[..2], ["REGISTER", "NEED_NICK"]);
    client.send("NICK alice").await;
    let refused = register(&mut client, "1st *").await;
    assert_eq!(refused.params[..3], ["REGISTER", "BAD_ACCOUNT_NAME", "1st"]);
    let refused = client.ask("VERIFY alice 1234", "FAIL").await;
    assert_eq!(refused.params[..3], ["VERIFY", "INVALID_CODE", "alice"]);
    client.ask("VERIFY alice", "461").await;
    client.ask("AUTHENTICATE PLAIN", "AUTHENTICATE").await;
    let refused = register(&mut client, "* *").await;
    assert_eq!(refused.param(1), "TEMPORARILY_UNAVAILABLE", "in the middle of SASL");
    client.ask("AUTHENTICATE *", "906").await;
    assert_eq!(register(&mut client, "* *").await.param(0), "SUCCESS");
    assert_eq!(register(&mut client, "* *").await.param(1), "ALREADY_AUTHENTICATED");
    assert_eq!(client.ask("VERIFY alice 1", "FAIL").await.param(1), "ALREADY_AUTHENTICATED");
}

#[tokio::test]
async fn an_invitation_can_be_followed_by_a_guest_who_is_in() {
    let server = Server::with(&["--guests"]);
    let mut gina = server.guest("gina").await;
    assert_eq!(register(&mut gina, "* *").await.param(1), "TEMPORARILY_UNAVAILABLE");
    gina.ask(&format!("INVITATION {}", server.invitation()), "INVITATION").await;
    assert_eq!(register(&mut gina, "* *").await.param(0), "SUCCESS");
    assert!(server.chatctl(&["users"]).success().contains("admin"));
}

/// A server with the password `open-sesame-7` for people without an account.
fn with_password(more: &[&str]) -> Server {
    let hash =
        Server::with(&[]).chatctl_with(&["hash-password", "--password-stdin"], "open-sesame-7\n").success();
    let hash = format!("--server-password-hash={}", hash.trim());
    let mut args = vec!["--guests", hash.as_str()];
    args.extend(more);
    Server::with(&args)
}

#[tokio::test]
async fn a_server_with_a_password_asks_guests_for_it_and_not_accounts() {
    let server = with_password(&["--registration=open"]);
    let mut right = server.connect().await;
    right.send("PASS open-sesame-7").await;
    right.register_guest("right").await;
    assert_eq!(right.ask("PASS open-sesame-7", "462").await.param(0), "right");
    for password in [Some("open"), Some(""), None] {
        let mut wrong = server.connect().await;
        if let Some(password) = password {
            wrong.send(format!("PASS :{password}")).await;
        }
        wrong.send("NICK wrong").await;
        wrong.send("USER wrong 0 * :Wrong").await;
        wrong.send("PASS open-sesame-7").await;
        let told = wrong.closed().await;
        let commands: Vec<_> = told.iter().map(|m| m.command.as_str()).collect();
        assert_eq!(commands, ["464", "ERROR"], "{password:?}: {told:?}");
    }
    let mut stranger = applicant(&server, "stranger").await;
    let refused = register(&mut stranger, "* *").await;
    assert_eq!(refused.param(1), "TEMPORARILY_UNAVAILABLE", "no way around the password: {refused}");
    stranger.send("PASS open-sesame-7").await;
    assert_eq!(register(&mut stranger, "* *").await.param(0), "SUCCESS");
    server.newcomer("alice", &[]).await;
}

#[tokio::test]
async fn who_guesses_the_servers_password_has_to_wait() {
    let server = with_password(&[]);
    let mut reasons = Vec::new();
    for _ in 0..40 {
        let mut guesser = server.connect().await;
        guesser.send_raw(b"PASS guess\r\nNICK g\r\nUSER g 0 * :G\r\n").await;
        let told = guesser.closed().await;
        reasons.extend(told.last().map(|error| error.last().to_owned()));
        if reasons.last().is_some_and(|reason| reason.contains("try again in")) {
            return;
        }
    }
    panic!("nobody was held up: {reasons:?}");
}

#[test]
fn a_hash_is_made_without_a_server() {
    let server = Server::start();
    server.stop();
    let hash = server.chatctl_with(&["hash-password", "--password-stdin"], "open-sesame-7\n").success();
    assert!(hash.starts_with("$argon2id$v=19$") && hash.lines().count() == 1, "{hash}");
    server.chatctl(&["hash-password"]).failure(2);
}

#[tokio::test]
async fn a_new_policy_is_told_to_those_who_know_of_changes() {
    let write = |folder: &std::path::Path, text: &str| {
        std::fs::write(folder.join("server.toml"), format!("guests = true\n{text}\n")).unwrap();
    };
    let server =
        Server::with_folder(&["--config=server.toml"], |folder| write(folder, "registration = 'open'"));
    server.adduser("alice");
    let mut modern = server.connect().await;
    modern.send("CAP LS 302").await;
    modern.run("CAP REQ draft/account-registration").await;
    let mut early = server.connect().await;
    early.run("CAP REQ cap-notify").await;
    let mut old = server.guest("old").await;

    write(&server.folder(), "registration = 'closed'");
    server.signal(Signal::HUP);
    for client in [&mut modern, &mut early] {
        assert_eq!(client.until("CAP").await.params[1..], ["DEL", "draft/account-registration"]);
    }
    assert!(!modern.ask("CAP LIST", "CAP").await.last().contains("registration"));
    assert_eq!(modern.ask("CAP REQ draft/account-registration", "CAP").await.param(1), "NAK");
    assert_eq!(offered(&mut modern).await, None);

    write(&server.folder(), "registration = 'open'\nregistration_email = 'required'");
    server.signal(Signal::HUP);
    let value = "draft/account-registration=before-connect,email-required,custom-account-name";
    assert_eq!(modern.until("CAP").await.params[1..], ["NEW", value]);
    assert_eq!(early.until("CAP").await.params[1..], ["NEW", "draft/account-registration"]);

    // What can't be read changes nothing.
    write(&server.folder(), "registration = 'sometimes'");
    server.signal(Signal::HUP);
    server.until_logged("the error", |lines| {
        lines
            .iter()
            .any(|line| line.contains("sometimes") && line.contains("the old one is kept"))
            .then_some(())
    });
    assert_eq!(offered(&mut modern).await.unwrap(), value.split_once('=').unwrap().1);
    assert!(old.sync().await.iter().all(|m| m.command != "CAP"));
}

#[tokio::test]
async fn strict_transport_is_announced_and_never_granted() {
    let server = Server::with(&["--sts-duration-s=3600", "--listen-plain=127.0.0.1:0"]);
    let mut secure = server.connect().await;
    let mut plain = Client::plain(&server.plain_addresses()[0]).await;
    for (client, value) in
        [(&mut secure, "sts=duration=3600".to_owned()), (&mut plain, format!("sts=port={}", server.port()))]
    {
        let lines = client.run("CAP LS 302").await;
        assert!(lines.iter().any(|line| line.last().split(' ').any(|word| word == value)), "{lines:?}");
        assert_eq!(client.ask("CAP REQ sts", "CAP").await.param(1), "NAK");
        assert!(!client.ask("CAP LS", "CAP").await.last().contains(" sts "));
    }
    let server = Server::start();
    let lines = server.connect().await.run("CAP LS 302").await;
    assert!(lines.iter().all(|line| !line.last().contains("sts=")), "{lines:?}");
}

#[tokio::test]
async fn a_token_is_accepted_wherever_a_password_is() {
    let server = Server::with(&["--guests"]);
    server.adduser("alice");
    let token = server.chatctl(&["token", "add", "alice", "--label", "phone"]).success();
    let mut gina = server.guest("gina").await;
    assert_eq!(gina.authenticate("alice", token.trim()).await.command, "903");
    let mut early = applicant(&server, "alice").await;
    assert_eq!(early.authenticate("alice", token.trim()).await.command, "903");
    server.chatctl(&["token", "revoke", "alice", "1"]).success();
    let mut late = applicant(&server, "alice").await;
    assert_eq!(late.authenticate("alice", token.trim()).await.command, "904");
    assert_eq!(late.authenticate("alice", PASSWORD).await.command, "903");
}
