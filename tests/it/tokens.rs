//! One's own credentials over IRC: tokens made, listed and revoked, the password changed, and which sessions
//! end with what they came in by.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::{Client, Message, PASSWORD, Server};

/// In this time sessions end whose token is gone.
const AT_ONCE_MS: u128 = 1000;
const NEW_PASSWORD: &str = "another good one";

/// A server where bob is, and nothing limits how fast he asks.
fn server() -> Server {
    let server = Server::with(&["--guests", "--flood-per-second=0"]);
    server.adduser("bob");
    server
}

/// Makes a token; its number and its text.
async fn make(client: &mut Client, label: &str) -> (String, String) {
    let made = client.ask(&format!("TOKEN NEW :{label}"), "TOKEN").await;
    assert_eq!(made.param(0), "NEW", "{made}");
    (made.param(1).to_owned(), made.param(2).to_owned())
}

async fn by_token(server: &Server, token: &str) -> Client {
    let mut client = server.connect().await;
    client.login("bob", token, &[]).await;
    client
}

/// What `TOKEN LIST` tells, as `label where`.
async fn listed(client: &mut Client) -> Vec<String> {
    let told = client.run("TOKEN LIST").await;
    let (last, rows) = told.split_last().unwrap();
    assert!(last.is("TOKEN", &["END"]), "{told:?}");
    rows.iter().map(|row| format!("{} {}", row.last(), row.param(4))).collect()
}

async fn code(client: &mut Client, line: &str) -> String {
    client.ask(line, "FAIL").await.param(1).to_owned()
}

/// Its session ends soon, and says why.
async fn ends(client: &mut Client, since: Instant) -> String {
    let last = client.closed().await.pop().map(|m: Message| m.last().to_owned()).unwrap_or_default();
    assert!(since.elapsed().as_millis() < AT_ONCE_MS, "{:?}: {last}", since.elapsed());
    last
}

fn passwd(old: &str, new: &str) -> String {
    format!("PASSWD {} {}", STANDARD.encode(old), STANDARD.encode(new))
}

#[tokio::test]
async fn a_token_is_made_listed_and_revoked_and_ends_the_sessions_that_came_in_by_it() {
    let server = server();
    let mut bob = server.login("bob", &[]).await;
    assert!(listed(&mut bob).await.is_empty());
    let (id, text) = make(&mut bob, "Chromium on Linux").await;
    let (other, kept) = make(&mut bob, "the bot").await;
    assert!(text.starts_with("cst_") && text != kept);
    assert_eq!(listed(&mut bob).await, ["Chromium on Linux *", "the bot *"]);
    let (mut laptop, mut again) = (by_token(&server, &text).await, by_token(&server, &text).await);
    let mut bot = by_token(&server, &kept).await;
    assert_eq!(listed(&mut bob).await, ["Chromium on Linux connected", "the bot connected"]);
    assert_eq!(listed(&mut bot).await, ["Chromium on Linux connected", "the bot this"]);
    let rows = bob.run("TOKEN LIST").await;
    for at in [2, 3] {
        assert!(rows[0].param(at).ends_with('Z'), "when it was made and last used: {rows:?}");
    }
    let since = Instant::now();
    let done = bot.ask(&format!("TOKEN REVOKE {id}"), "TOKEN").await;
    assert!(done.is("TOKEN", &["REVOKED", &id]), "{done}");
    for session in [&mut laptop, &mut again] {
        let why = ends(session, since).await;
        assert!(why.contains("revoked"), "{why}");
    }
    let mut late = server.connect().await;
    late.begin("bob", &[]).await;
    assert_eq!(late.authenticate("bob", &text).await.command, "904");
    // One may revoke what one came in by; the answer is the last word but one.
    bot.send(format!("TOKEN REVOKE {other}")).await;
    let told = bot.closed().await;
    assert!(told.iter().any(|m| m.is("TOKEN", &["REVOKED", &other])), "{told:?}");
    assert!(listed(&mut bob).await.is_empty(), "who came in by the password stays");
}

#[tokio::test]
async fn chatctl_ends_the_sessions_of_the_token_that_it_revokes() {
    let server = server();
    let mut bob = server.login("bob", &[]).await;
    let (id, text) = make(&mut bob, "laptop").await;
    let (_, kept) = make(&mut bob, "phone").await;
    let (mut laptop, mut phone) = (by_token(&server, &text).await, by_token(&server, &kept).await);
    let since = Instant::now();
    server.chatctl(&["token", "revoke", "bob", &id]).success();
    ends(&mut laptop, since).await;
    phone.sync().await;
    assert_eq!(listed(&mut bob).await, ["phone connected"]);
}

#[tokio::test]
async fn all_other_tokens_are_revoked_at_once() {
    let server = server();
    let mut bob = server.login("bob", &[]).await;
    let mut texts = Vec::new();
    for label in ["one", "two", "three"] {
        texts.push(make(&mut bob, label).await.1);
    }
    let (mut one, mut two) = (by_token(&server, &texts[0]).await, by_token(&server, &texts[1]).await);
    let told = one.run("TOKEN REVOKE *").await;
    let words: Vec<&str> = told.iter().map(|m| m.param(0)).collect();
    assert_eq!(words, ["REVOKED", "REVOKED", "END"], "{told:?}");
    two.closed().await;
    assert_eq!(listed(&mut one).await, ["one this"]);
    let none = one.run("TOKEN REVOKE *").await;
    assert!(none.len() == 1 && none[0].is("TOKEN", &["END"]), "{none:?}");
}

#[tokio::test]
async fn what_can_t_be_done_with_tokens_is_refused() {
    let server = server();
    server.adduser("carol");
    let mut gina = server.guest("gina").await;
    assert_eq!(code(&mut gina, "TOKEN LIST").await, "ACCOUNT_REQUIRED");
    assert_eq!(code(&mut gina, &passwd("a", "b")).await, "ACCOUNT_REQUIRED");
    let mut bob = server.login("bob", &[]).await;
    let (id, text) = make(&mut bob, "laptop").await;
    for (line, refused) in [
        ("TOKEN NEW :".to_owned(), "INVALID_LABEL"),
        ("TOKEN NEW : ".to_owned(), "INVALID_LABEL"),
        (format!("TOKEN NEW :{}", "x".repeat(101)), "INVALID_LABEL"),
        ("TOKEN NEW :a\u{7}b".to_owned(), "INVALID_LABEL"),
        ("TOKEN REVOKE 999".to_owned(), "UNKNOWN_TOKEN"),
        ("TOKEN REVOKE x".to_owned(), "UNKNOWN_TOKEN"),
        ("TOKEN STEAL 1".to_owned(), "UNKNOWN_SUBCOMMAND"),
    ] {
        assert_eq!(code(&mut bob, &line).await, refused, "{line}");
    }
    bob.ask("TOKEN NEW", "461").await;
    let mut carol = server.login("carol", &[]).await;
    assert_eq!(code(&mut carol, &format!("TOKEN REVOKE {id}")).await, "UNKNOWN_TOKEN");
    let mut laptop = by_token(&server, &text).await;
    assert_eq!(code(&mut laptop, "TOKEN NEW :for later").await, "PASSWORD_REQUIRED");
    for n in 1..100 {
        make(&mut bob, &format!("device {n}")).await;
    }
    assert_eq!(code(&mut bob, "TOKEN NEW :one more").await, "LIMIT_REACHED");
}

#[tokio::test]
async fn a_token_can_be_had_between_signing_in_and_coming_in() {
    let server = server();
    let mut bob = server.connect().await;
    bob.begin("bob", &["labeled-response", "batch"]).await;
    assert_eq!(code(&mut bob, "TOKEN NEW :early").await, "ACCOUNT_REQUIRED");
    assert_eq!(bob.authenticate("bob", PASSWORD).await.command, "903");
    let (_, text) = make(&mut bob, "laptop").await;
    bob.send("@label=1 TOKEN LIST").await;
    let opening = bob.until("BATCH").await;
    assert_eq!(
        (opening.tag("label").as_deref(), opening.param(1)),
        (Some("1"), "labeled-response"),
        "{opening}"
    );
    by_token(&server, &text).await;
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_by_the_old_one_and_no_others() {
    let server = server();
    let mut bob = server.login("bob", &[]).await;
    let (_, text) = make(&mut bob, "laptop").await;
    let (mut laptop, mut other) = (by_token(&server, &text).await, server.login("bob", &[]).await);
    for (line, refused) in [
        (passwd("not this", NEW_PASSWORD), "WRONG_PASSWORD"),
        (passwd(&text, NEW_PASSWORD), "WRONG_PASSWORD"),
        (passwd(PASSWORD, "short"), "WEAK_PASSWORD"),
        ("PASSWD plain words".to_owned(), "INVALID_ENCODING"),
        (format!("PASSWD /w== {}", STANDARD.encode(NEW_PASSWORD)), "INVALID_ENCODING"),
    ] {
        assert_eq!(code(&mut laptop, &line).await, refused, "{line}");
    }
    let since = Instant::now();
    let done = bob.ask(&passwd(PASSWORD, NEW_PASSWORD), "PASSWD").await;
    assert_eq!(done.param(0), "CHANGED", "{done}");
    let why = other.closed().await.pop().unwrap();
    assert!(why.last().contains("password was changed"), "{why} after {:?}", since.elapsed());
    laptop.sync().await;
    bob.sync().await;
    let mut late = server.connect().await;
    late.begin("bob", &[]).await;
    assert_eq!(late.authenticate("bob", PASSWORD).await.command, "904");
    assert_eq!(late.authenticate("bob", NEW_PASSWORD).await.command, "903");
}

#[tokio::test]
async fn nick_serv_changes_a_password_too() {
    let server = server();
    let mut bob = server.login("bob", &[]).await;
    let mut other = server.login("bob", &[]).await;
    let told = bob.run(&passwd(PASSWORD, "simplesimon")).await;
    assert!(told.iter().any(|m| m.is("PASSWD", &["CHANGED"])), "{told:?}");
    other.closed().await;
    let wrong = bob.ask("PRIVMSG NickServ :PASSWD nothis longenough1", "NOTICE").await;
    assert!(wrong.last().contains("not your password"), "{wrong}");
    let done = bob.ask("NS PASSWD simplesimon longenough1", "NOTICE").await;
    assert!(done.last().contains("is changed"), "{done}");
    assert!(!done.last().contains("longenough1"));
    let mut late = server.connect().await;
    late.login("bob", "longenough1", &[]).await;
}

#[tokio::test]
async fn old_passwords_are_not_guessed_by_changing_them() {
    let server = server();
    let mut bob = server.login("bob", &[]).await;
    let mut refused = Vec::new();
    while refused.last().is_none_or(|code| code != "TEMPORARILY_UNAVAILABLE") {
        refused.push(code(&mut bob, &passwd("guess", NEW_PASSWORD)).await);
        assert!(refused.len() < 50, "{refused:?}");
    }
}

#[tokio::test]
async fn the_audit_log_tells_what_people_did_with_their_credentials_and_no_secret() {
    let server = server();
    let mut bob = server.login("bob", &[]).await;
    let (id, text) = make(&mut bob, "laptop").await;
    bob.run(&format!("TOKEN REVOKE {id}")).await;
    bob.run(&passwd("wrong", NEW_PASSWORD)).await;
    bob.run(&passwd(PASSWORD, NEW_PASSWORD)).await;
    let said = server.chatctl(&["audit", "--json"]).success();
    let rows: serde_json::Value = serde_json::from_str(&said).unwrap();
    let text_of = |row: &serde_json::Value, field: &str| row[field].as_str().unwrap_or("-").to_owned();
    let rows: Vec<String> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["who"] == "bob")
        .map(|row| ["action", "target", "detail", "outcome"].map(|field| text_of(row, field)).join(" "))
        .collect();
    assert_eq!(
        rows,
        [
            "add_token bob laptop done".to_owned(),
            format!("revoke_token bob token {id} done"),
            "set_password bob - failed".to_owned(),
            "set_password bob - done".to_owned(),
        ]
    );
    assert!(!said.contains(&text) && !said.contains(NEW_PASSWORD));
}
