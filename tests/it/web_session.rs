//! Staying signed in over the web: the browser's cookie, whose requests may use it, and how it ends.

use serde_json::{Value, json};

use crate::support::web::{self, Answer, Frames};
use crate::support::{Client, PASSWORD, Server};

const WEB: &str = "--listen-web=localhost:0";
const OWN: &str = "Origin: https://localhost\r\n";
const COOKIE: &str = "__Host-chat-session";

/// A server with bob, and a token of his.
async fn server() -> (Server, String) {
    let server = Server::with(&[WEB]);
    server.adduser("bob");
    let token = server.chatctl(&["token", "add", "bob", "--label", "Chromium on Linux"]).success();
    (server, token.trim().to_owned())
}

async fn ask(server: &Server, method: &str, fields: &str) -> Answer {
    web::request(&mut web::tls(server).await, method, "/session", fields).await
}

/// Hands a token over with these fields; the line end after the fields belongs to the body.
async fn hand_over(server: &Server, token: &str, fields: &str) -> Answer {
    let body = json!({ "token": token }).to_string();
    let len = body.len() + 2;
    let head = "Content-Type: application/json\r\nContent-Length";
    ask(server, "POST", &format!("{fields}{head}: {len}\r\n\r\n{body}")).await
}

fn showing(token: &str) -> String {
    format!("Cookie: theme=dark; {COOKIE}={token}\r\n")
}

fn told(answer: &Answer) -> Value {
    assert_eq!((answer.status, answer.field("cache-control")), (200, "no-store"));
    assert!(!answer.text().contains("cst_"), "the token is told to nobody");
    serde_json::from_slice(&answer.body).unwrap()
}

/// Connects as a page does.
async fn page(server: &Server, origin: Option<&str>, token: &str) -> Client {
    let cookie = format!("{COOKIE}={token}");
    let mut fields = vec![("Cookie", cookie.as_str())];
    fields.extend(origin.map(|origin| ("Origin", origin)));
    Frames::ask(web::tls(server).await, "wss://localhost/", &fields).await.expect("no upgrade").lines()
}

/// The numeric that answers SASL EXTERNAL.
async fn external(client: &mut Client) -> String {
    client.begin("bob", &[]).await;
    client.send("AUTHENTICATE EXTERNAL").await;
    client.send("AUTHENTICATE +").await;
    client.expect("the answer", |m| ["903", "904"].contains(&m.command.as_str())).await.command
}

#[tokio::test]
async fn a_page_hands_a_token_over_and_comes_in_by_it_until_it_is_revoked() {
    let (server, token) = server().await;
    let kept = hand_over(&server, &token, OWN).await;
    assert_eq!(kept.status, 204, "{}", kept.text());
    let cookie = kept.field("set-cookie");
    assert!(cookie.starts_with(&format!("{COOKIE}={token}; Max-Age=")), "{cookie}");
    for attribute in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
        assert!(cookie.split("; ").any(|one| one == attribute), "{attribute} is not in {cookie}");
    }
    let answer = ask(&server, "GET", &showing(&token)).await;
    assert!(answer.field("set-cookie").contains("Max-Age=15552000"), "it is kept longer with each visit");
    assert_eq!(told(&answer)["account"], "bob");
    let (mut one, mut two) = (
        page(&server, Some("https://localhost"), &token).await,
        page(&server, Some("https://localhost"), &token).await,
    );
    for client in [&mut one, &mut two] {
        assert_eq!(external(client).await, "903");
        client.send("CAP END").await;
        client.sync().await;
    }
    let listed = one.ask("TOKEN LIST", "TOKEN").await;
    assert_eq!((listed.param(4), listed.last()), ("this", "Chromium on Linux"), "{listed}");
    let ended = ask(&server, "DELETE", &format!("{OWN}{}", showing(&token))).await;
    assert_eq!(ended.status, 204, "{}", ended.text());
    assert!(
        ended.field("set-cookie").starts_with(&format!("{COOKIE}=; Max-Age=0")),
        "{}",
        ended.field("set-cookie")
    );
    for client in [&mut one, &mut two] {
        assert!(client.closed().await.pop().unwrap().last().contains("revoked"));
    }
    assert!(server.chatctl(&["token", "list", "bob"]).success().lines().count() == 1);
    assert!(server.chatctl(&["audit"]).success().contains("signed out"));
    // The browser may still show it, and is told to forget it.
    let after = ask(&server, "GET", &showing(&token)).await;
    assert_eq!(told(&after)["account"], Value::Null);
    assert!(after.field("set-cookie").contains("Max-Age=0"));
    assert_eq!(external(&mut page(&server, Some("https://localhost"), &token).await).await, "904");
    assert_eq!(hand_over(&server, &token, OWN).await.status, 422);
    assert_eq!(ask(&server, "DELETE", &format!("{OWN}{}", showing(&token))).await.status, 204);
}

#[tokio::test]
async fn pages_of_other_sites_can_do_nothing_with_it() {
    let (server, token) = server().await;
    for fields in [
        "",
        "Origin: https://evil.example\r\n",
        "Origin: http://localhost\r\n",
        "Origin: https://localhost:8444\r\n",
        "Origin: null\r\n",
        "Origin: https://localhost\r\nSec-Fetch-Site: same-site\r\n",
        "Origin: https://localhost\r\nSec-Fetch-Site: cross-site\r\n",
        "Origin: https://localhost\r\nOrigin: https://evil.example\r\n",
        "Sec-Fetch-Site: same-origin\r\n",
    ] {
        let kept = hand_over(&server, &token, fields).await;
        assert_eq!((kept.status, kept.field("set-cookie")), (403, ""), "{fields:?}");
        assert_eq!(kept.field("content-type"), "application/problem+json");
        let ended = ask(&server, "DELETE", &format!("{fields}{}", showing(&token))).await;
        assert_eq!((ended.status, ended.field("set-cookie")), (403, ""), "{fields:?}");
    }
    for fields in ["Origin: https://evil.example\r\n", "Sec-Fetch-Site: same-site\r\n"] {
        let answer = ask(&server, "GET", &format!("{fields}{}", showing(&token))).await;
        assert_eq!(
            (&told(&answer)["account"], answer.field("access-control-allow-origin")),
            (&Value::Null, "")
        );
    }
    let mut alone = page(&server, None, &token).await;
    assert_eq!(external(&mut alone).await, "904", "a program that names no page");
}

#[tokio::test]
async fn a_page_that_may_connect_may_not_use_what_ours_keeps() {
    let server = Server::with(&[WEB, "--web-origins=https://gamja.localhost"]);
    server.adduser("bob");
    let token = server.chatctl(&["token", "add", "bob", "--label", "x"]).success();
    let mut gamja = page(&server, Some("https://gamja.localhost"), token.trim()).await;
    gamja.send("CAP LS 302").await;
    let offer = gamja.expect("sasl", |m| m.last().contains("sasl=")).await;
    assert!(offer.last().contains("sasl=PLAIN ") && !offer.last().contains("EXTERNAL"), "{offer}");
    assert_eq!(external(&mut gamja).await, "904");
}

#[tokio::test]
async fn what_is_no_token_is_refused_and_told_in_words() {
    let (server, token) = server().await;
    for wrong in ["", "bob", "cst_short", PASSWORD, &format!("cst_{}", "A".repeat(32)), &format!("{token}A")]
    {
        let kept = hand_over(&server, wrong, OWN).await;
        assert_eq!((kept.status, kept.field("set-cookie")), (422, ""), "{wrong:?}: {}", kept.text());
        assert!(!kept.text().contains(PASSWORD));
    }
    let plain = ask(&server, "POST", &format!("{OWN}Content-Length: 2\r\n\r\n")).await;
    assert_eq!(plain.status, 415, "a form of another site can't send JSON");
    let long = hand_over(&server, &"x".repeat(5000), OWN).await;
    assert_eq!(long.status, 413);
    let other = ask(&server, "PUT", OWN).await;
    assert_eq!(other.status, 405);
    for cookie in [showing("cst_short"), format!("Cookie: {COOKIE}={token}; {COOKIE}={token}\r\n")] {
        assert_eq!(told(&ask(&server, "GET", &cookie).await)["account"], Value::Null, "{cookie}");
    }
}

#[tokio::test]
async fn a_page_knows_who_gets_in_before_it_asks_for_a_name() {
    for (flags, guests, registration) in [
        (&[WEB, "--guests", "--registration=open", "--network-name=The Lab"][..], true, "open"),
        (&[WEB, "--registration=closed", "--network-name=The Lab"], false, "closed"),
    ] {
        let server = Server::with(flags);
        let expected = json!({
            "account": null, "guests": guests, "registration": registration, "serverName": "The Lab",
        });
        let answer = ask(&server, "GET", "").await;
        assert_eq!(told(&answer), expected);
        assert_eq!(answer.field("set-cookie"), "");
    }
}

#[tokio::test]
async fn a_suspended_account_does_not_come_back_by_its_browser() {
    let (server, token) = server().await;
    server.chatctl(&["suspend", "bob"]).success();
    assert_eq!(told(&ask(&server, "GET", &showing(&token)).await)["account"], Value::Null);
    assert_eq!(external(&mut page(&server, Some("https://localhost"), &token).await).await, "904");
}
