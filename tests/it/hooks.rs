//! Webhooks: a secret address at which a program says something in a room.

use crate::support::{Server, web};

use super::api::exchange;

const WEB: &str = "--listen-web=localhost:0";
const JSON: &str = "Content-Type: application/json\r\n";

/// Makes a webhook; the path of its address.
fn add(server: &Server, room: &str, name: &str) -> String {
    let made = server.chatctl(&["webhook", "add", room, name]).success();
    let address = made.trim();
    let base = format!("https://localhost:{}", server.web_port());
    address.strip_prefix(&base).unwrap_or_else(|| panic!("{address} is not below {base}")).to_owned()
}

async fn post(server: &Server, path: &str, fields: &str, body: &str) -> web::Answer {
    exchange(server, "POST", path, fields, body.as_bytes()).await
}

#[tokio::test]
async fn a_webhook_speaks_in_its_room_until_it_is_removed() {
    let mut server = Server::with(&[WEB]);
    let mut alice = server.newcomer("alice", &["account-tag", "message-tags"]).await;
    alice.run("JOIN #room").await;
    let path = add(&server, "room", "ci");
    let joined = alice.until("JOIN").await;
    assert!(joined.nick() == "ci", "{joined}");
    let answer = post(&server, &path, JSON, r#"{"text": "built\ntested", "icon_url": "x"}"#).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "ok"));
    let heard = alice.until("PRIVMSG").await;
    assert_eq!(
        (heard.last(), heard.tag("account").as_deref(), heard.tag("bot").as_deref()),
        ("built", Some("ci"), Some(""))
    );
    assert_eq!(alice.until("PRIVMSG").await.last(), "tested");
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let body = "payload=%7B%22text%22%3A%22red%22%2C%22username%22%3A%22main%22%7D";
    assert_eq!(post(&server, &path, form, body).await.status, 200);
    assert_eq!(alice.until("PRIVMSG").await.last(), "main: red");
    server.restart();
    let mut alice = server.login("alice", &[]).await;
    assert_eq!(post(&server, &path, JSON, r#"{"text": "again"}"#).await.status, 200);
    assert_eq!(alice.until("PRIVMSG").await.last(), "again");
    let listed = server.chatctl(&["webhook", "list"]).success();
    assert!(listed.contains("#room") && !listed.contains(path.trim_start_matches("/hooks/")), "{listed}");
    server.chatctl(&["webhook", "remove", "1"]).success();
    assert_eq!(post(&server, &path, JSON, r#"{"text": "gone"}"#).await.status, 404);
    assert!(alice.until("PART").await.nick() == "ci");
    assert_eq!(server.chatctl(&["webhook", "remove", "1"]).code, Some(3));
}

#[tokio::test]
async fn a_webhook_is_bound_by_the_rules_of_its_room() {
    let server = Server::with(&[WEB, "--flood-burst=4", "--flood-per-second=1"]);
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #room").await;
    let path = add(&server, "room", "ci");
    let text = r#"{"text": "hello"}"#;
    alice.run("MODE #room +m").await;
    assert_eq!(post(&server, &path, JSON, text).await.status, 403);
    alice.run("MODE #room -m").await;
    alice.run("KICK #room ci").await;
    assert_eq!(post(&server, &path, JSON, text).await.status, 403);
    let answer = post(&server, &path, JSON, &format!("{{\"text\": \"{}\"}}", "x\\n".repeat(20))).await;
    assert_eq!(answer.status, 403, "{answer:?}");
    let answer = post(&server, &path, JSON, text).await;
    assert_eq!(answer.status, 429, "{answer:?}");
    assert!(answer.field("retry-after").parse::<u64>().unwrap() > 10, "{answer:?}");
}

#[tokio::test]
async fn what_is_no_webhook_is_refused() {
    let server = Server::with(&[WEB]);
    server.newcomer("alice", &[]).await.run("JOIN #closed").await;
    let path = add(&server, "lobby", "ci");
    let huge = format!("{{\"text\": \"{}\"}}", "x".repeat(70_000));
    for (path, fields, body, status) in [
        ("/hooks/AAAA", JSON, r#"{"text": "x"}"#, 404),
        (&path, JSON, "{}", 400),
        (&path, JSON, r#"{"text": ""}"#, 400),
        (&path, "", "x", 415),
        (&path, JSON, &huge, 413),
    ] {
        let answer = post(&server, path, fields, body).await;
        assert_eq!(answer.status, status, "{path} {fields}: {answer:?}");
        assert_eq!(answer.field("content-type"), "application/problem+json");
    }
    let asked = web::request(&mut web::tls(&server).await, "GET", &path, "").await;
    assert_eq!((asked.status, asked.field("allow")), (405, "POST"));
    for (args, code) in [
        (&["webhook", "add", "nowhere", "ci"][..], 3),
        (&["webhook", "add", "lobby", "alice"], 4),
        (&["webhook", "add", "alice+ci", "ci"], 3),
        (&["webhook", "add", "lobby", "ci", "--label", ""], 1),
    ] {
        let told = server.chatctl(args);
        assert_eq!(told.code, Some(code), "{args:?}: {told:?}");
    }
    server.chatctl(&["suspend", "ci"]).success();
    assert_eq!(post(&server, &path, JSON, r#"{"text": "x"}"#).await.status, 403);
}

#[tokio::test]
async fn where_one_must_be_invited_an_operator_lets_the_webhook_in() {
    let server = Server::with(&[WEB]);
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #closed").await;
    alice.run("MODE #closed +ik key").await;
    let told = server.chatctl(&["webhook", "add", "closed", "ci"]);
    assert!(told.code == Some(1) && told.stderr.contains("+I ci!*@*"), "{told:?}");
    alice.run("MODE #closed +I ci!*@*").await;
    let path = add(&server, "closed", "ci");
    assert_eq!(post(&server, &path, JSON, r#"{"text": "in"}"#).await.status, 200);
    assert_eq!(alice.until("PRIVMSG").await.last(), "in");
}
