//! IRC over WebSocket: what a client for the web meets, and who may connect.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::support::web::{self, Frames};
use crate::support::{PASSWORD, PATIENCE, Server};

const WEB: &str = "--listen-web=localhost:0";

#[tokio::test]
async fn an_account_signs_in_over_web_socket_and_talks_to_others() {
    let server = Server::with(&[WEB]);
    let mut alice = server.newcomer("alice", &[]).await;
    alice.run("JOIN #room").await;
    server.adduser("bob");
    for (offered, chosen) in [
        ("text.ircv3.net", Some("text.ircv3.net")),
        ("binary.ircv3.net", Some("binary.ircv3.net")),
        ("chat, binary.ircv3.net, text.ircv3.net", Some("binary.ircv3.net")),
        ("", None),
    ] {
        let frames = Frames::over(web::tls(&server).await, offered).await;
        assert_eq!(frames.subprotocol.as_deref(), chosen);
        let mut bob = frames.lines();
        bob.login("bob", PASSWORD, &["echo-message"]).await;
        bob.run("JOIN #room").await;
        let told = bob.run("WHOIS bob").await;
        assert!(told.iter().any(|m| m.command == "671"), "this is secure: {told:?}");
        bob.ask("PRIVMSG #room :hällo", "PRIVMSG").await;
        assert_eq!(alice.until("PRIVMSG").await.last(), "hällo");
        alice.send("PRIVMSG #room :welcome").await;
        assert_eq!(bob.until("PRIVMSG").await.last(), "welcome");
        bob.send("QUIT").await;
        bob.closed().await;
    }
}

#[tokio::test]
async fn a_frame_is_a_line_of_the_kind_that_was_chosen() {
    let server = Server::with(&[WEB, "--guests"]);
    for (subprotocol, is_text) in [("text.ircv3.net", true), ("binary.ircv3.net", false), ("", true)] {
        let mut frames = Frames::over(web::tls(&server).await, subprotocol).await;
        frames.send_frame(Frame::text("NICK gina")).await;
        frames.send_frame(Frame::binary(&b"USER gina 0 * :G\xc3\xafna"[..])).await;
        // Some end their lines as on a stream.
        frames.send_frame(Frame::text("PING done\r\n")).await;
        let mut count = 0;
        loop {
            let frame = frames.next().await.unwrap();
            assert_eq!((frame.is_text(), frame.is_binary()), (is_text, !is_text), "{frame:?}");
            let line = frame.into_text().unwrap();
            assert!(!line.contains(['\r', '\n']) && !line.is_empty(), "{line:?}");
            count += 1;
            if line.contains(" PONG ") {
                break;
            }
        }
        assert!(count > 5, "{count}");
        frames.send("QUIT").await;
        assert_eq!(frames.closed().await.0, CloseCode::Normal);
    }
}

#[tokio::test]
async fn pages_of_other_sites_may_not_connect_unless_they_are_listed() {
    let server = Server::with(&[WEB, "--web-origins=https://chat.example", "--listen-web-plain=127.0.0.1:0"]);
    let open = Server::with(&[WEB, "--web-origins=*"]);
    for (origin, allowed, allowed_if_all) in [
        (None, true, true),
        (Some("https://localhost"), true, true),
        (Some("https://LOCALHOST:443"), true, true),
        (Some("https://chat.example"), true, true),
        (Some("http://localhost"), false, true),
        (Some("http://chat.example"), false, true),
        (Some("https://localhost:8443"), false, true),
        (Some("https://chat.example.evil"), false, true),
        (Some("https://evil.example"), false, true),
        (Some("null"), false, true),
    ] {
        for (server, allowed) in [(&server, allowed), (&open, allowed_if_all)] {
            let fields: Vec<_> = origin.map(|origin| ("Origin", origin)).into_iter().collect();
            let asked = Frames::ask(web::tls(server).await, "wss://localhost/", &fields).await;
            assert_eq!(asked.err(), (!allowed).then_some(403), "{origin:?}");
        }
    }
    // Behind a proxy the page may have come by TLS or not; the proxy passes on which host was meant.
    for (origin, refused) in
        [("http://any.example", None), ("https://any.example", None), ("https://evil.example", Some(403))]
    {
        let stream = web::plain(&server.web_plain_addresses()[0]).await;
        let asked = Frames::ask(stream, "ws://any.example/", &[("Origin", origin)]).await;
        assert_eq!(asked.err(), refused, "{origin}");
    }
}

#[tokio::test]
async fn a_browser_sees_a_page_and_nothing_elsewhere() {
    let server = Server::with(&[WEB]);
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version";
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: x\r\nConnection: close".to_owned(), "200"),
        ("HEAD / HTTP/1.0".into(), "200"),
        ("GET /etc/passwd HTTP/1.1\r\nHost: x".into(), "404"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0".into(), "405"),
        (format!("GET / HTTP/1.1\r\nHost: x\r\n{upgrade}: 12\r\nSec-WebSocket-Key: AAAA"), "426"),
        (format!("GET / HTTP/1.1\r\nHost: x\r\n{upgrade}: 13\r\nSec-WebSocket-Key: AAAA"), "400"),
        (format!("POST / HTTP/1.1\r\nHost: x\r\n{upgrade}: 13"), "400"),
        (format!("GET /irc HTTP/1.1\r\nHost: x\r\n{upgrade}: 13"), "404"),
        ("GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c".into(), "400"),
        ("NICK alice".into(), "400"),
    ] {
        let mut stream = web::tls(&server).await;
        stream.write_all(format!("{request}\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // Who speaks no HTTP gets an answer, and no polite end.
        drop(timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("no end in time"));
        let answer = String::from_utf8(answer).unwrap();
        assert_eq!(answer.split(' ').nth(1), Some(status), "{request}: {answer}");
        let has_page = status == "200" && request.starts_with("GET");
        assert_eq!(answer.contains("<chat-root>"), has_page, "{request}: {answer}");
    }
}

#[tokio::test]
async fn without_tls_a_reverse_proxy_connects_on_this_machine() {
    let server =
        Server::with(&["--guests", "--listen-web-plain=127.0.0.1:0", "--listen-web-plain=unix:web.sock"]);
    let mut clients = Vec::new();
    for (address, nick) in [
        (server.web_plain_addresses()[0].clone(), "gina"),
        (format!("unix:{}", server.folder().join("web.sock").display()), "hank"),
    ] {
        let mut client = Frames::over(web::plain(&address).await, "text.ircv3.net").await.lines();
        client.register_guest(nick).await;
        let told = client.run(&format!("WHOIS {nick}")).await;
        assert!(told.iter().all(|m| m.command != "671"), "this is not secure: {told:?}");
        clients.push(client);
    }
    clients[0].send("PRIVMSG hank :hello").await;
    assert_eq!(clients[1].until("PRIVMSG").await.last(), "hello");
}

#[tokio::test]
async fn connections_from_the_web_count_as_all_others() {
    let server = Server::with(&[WEB, "--listen-web-plain=127.0.0.1:0", "--sessions-per-address-max=2"]);
    let mut first = server.connect().await;
    let mut second = Frames::over(web::tls(&server).await, "").await;
    first.sync().await;
    second.send("PING a").await;
    second.until("PONG").await;
    let mut third = web::plain(&server.web_plain_addresses()[0]).await;
    let mut answer = String::new();
    timeout(PATIENCE, third.read_to_string(&mut answer)).await.expect("no end in time").unwrap();
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    second.send("QUIT").await;
    second.closed().await;
    // The place is free once the server's task is over, which the client is not told.
    loop {
        let stream = web::plain(&server.web_plain_addresses()[0]).await;
        let asked = timeout(PATIENCE, Frames::ask(stream, "ws://localhost/", &[])).await.expect("no answer");
        match asked {
            Ok(_) => break,
            Err(status) => assert_eq!(status, 503),
        }
    }
}
