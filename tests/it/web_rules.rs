//! The rules of WebSocket and of HTTP, and those who break them: nobody else notices.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame as RawFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};

use crate::support::web::{self, Frames};
use crate::support::{PATIENCE, Server};

const WEB: &str = "--listen-web=localhost:0";

fn start() -> Server {
    Server::with(&[WEB, "--guests"])
}

async fn connect(server: &Server) -> Frames {
    Frames::over(web::tls(server).await, "text.ircv3.net").await
}

#[tokio::test]
async fn a_frame_longer_than_a_line_may_be_is_refused_by_its_head() {
    let server = start();
    let mut gina = connect(&server).await;
    gina.register("gina").await;
    // As on a stream: a line that is too long is refused, one that never ends ends the connection.
    gina.send(&format!("PRIVMSG gina :{}", "x".repeat(5000))).await;
    gina.until("417").await;
    // A head that promises so much, and nothing more: the answer does not wait for it.
    for len in [20_000_u64, 1 << 30, (1 << 63) - 1] {
        let mut frames = connect(&server).await;
        frames.register("hank").await;
        let head = [&[0x81, 0xff][..], &len.to_be_bytes(), &[1, 2, 3, 4]].concat();
        frames.socket.get_mut().write_all(&head).await.unwrap();
        frames.socket.get_mut().flush().await.unwrap();
        let (code, line) = frames.closed().await;
        assert_eq!((code, line.as_str()), (CloseCode::Size, "ERROR :Closing link: Line too long"), "{len}");
    }
    gina.send("PING still").await;
    gina.until("PONG").await;
}

#[tokio::test]
async fn the_close_frame_arrives_however_much_was_sent() {
    let server = start();
    let mut frames = connect(&server).await;
    frames.register("gina").await;
    let (mut sink, mut stream) = (&mut frames.socket).split();
    let sending = async {
        // The server may have closed before all is sent.
        drop(sink.send(Frame::text("x".repeat(3_000_000))).await);
    };
    let closing = async {
        loop {
            match stream.next().await {
                Some(Ok(Frame::Close(close))) => return close.unwrap().code,
                Some(Ok(_)) => {}
                ended => panic!("no close frame: {ended:?}"),
            }
        }
    };
    let ((), code) =
        timeout(PATIENCE, async { tokio::join!(sending, closing) }).await.expect("no end in time");
    assert_eq!(code, CloseCode::Size);
}

fn fragment(text: &str, opcode: Data, is_final: bool) -> Frame {
    Frame::Frame(RawFrame::message(text.to_owned(), OpCode::Data(opcode), is_final))
}

#[tokio::test]
async fn a_message_in_fragments_is_one_line() {
    let server = start();
    let mut frames = connect(&server).await;
    frames.register("gina").await;
    frames.send_frame(fragment("PING in-", Data::Text, false)).await;
    frames.send_frame(Frame::Ping("between".into())).await;
    let pong = Some(Frame::Pong("between".into()));
    while frames.next().await != pong {}
    frames.send_frame(fragment("three-", Data::Continue, false)).await;
    frames.send_frame(fragment("parts", Data::Continue, true)).await;
    assert_eq!(frames.until("PONG").await.last(), "in-three-parts");

    let part = "x".repeat(4000);
    frames.send_frame(fragment(&part, Data::Text, false)).await;
    for _ in 0..4 {
        frames.send_frame(fragment(&part, Data::Continue, false)).await;
    }
    assert_eq!(frames.closed().await.0, CloseCode::Size);
}

#[tokio::test]
async fn what_is_not_text_is_refused() {
    let server = start();
    for subprotocol in ["text.ircv3.net", "binary.ircv3.net"] {
        let mut frames = Frames::over(web::tls(&server).await, subprotocol).await;
        frames.register("gina").await;
        frames.send_frame(Frame::binary(&b"PRIVMSG gina :caf\xe9"[..])).await;
        let refused = frames.until("FAIL").await;
        assert_eq!((refused.param(1), refused.params.len()), ("INVALID_UTF8", 3));
        // The connection goes on; only a frame that says it is text and is not breaks WebSocket's own rule.
        frames.send("PING a").await;
        frames.until("PONG").await;
        let head = [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28];
        frames.socket.get_mut().write_all(&head).await.unwrap();
        frames.socket.get_mut().flush().await.unwrap();
        assert_eq!(frames.closed().await.0, CloseCode::Invalid);
    }
}

#[tokio::test]
async fn a_line_end_within_a_frame_smuggles_nothing() {
    let server = start();
    let mut frames = connect(&server).await;
    frames.register("gina").await;
    for smuggler in ["PING a\r\nNICK hank", "PING a\nNICK hank", "PING a\rNICK hank", "PING a\0NICK hank"] {
        frames.send(smuggler).await;
        let refused = frames.until("FAIL").await;
        assert_eq!(refused.param(1), "INVALID_UTF8", "{smuggler:?}");
    }
    frames.send("WHOIS gina").await;
    assert_eq!(frames.until("311").await.param(1), "gina");
}

#[tokio::test]
async fn who_breaks_the_rules_of_web_socket_is_told_and_closed() {
    let server = start();
    for bytes in [
        // Not masked; bits that nobody agreed on; a fragment of nothing; a ping in fragments.
        &b"\x81\x06PING a"[..],
        b"\xc1\x86\0\0\0\0PING a",
        b"\x80\x86\0\0\0\0PING a",
        b"\x09\x81\0\0\0\0a",
    ] {
        let mut frames = connect(&server).await;
        frames.register("gina").await;
        frames.socket.get_mut().write_all(bytes).await.unwrap();
        frames.socket.get_mut().flush().await.unwrap();
        assert_eq!(frames.closed().await.0, CloseCode::Protocol, "{bytes:?}");
    }
}

#[tokio::test]
async fn who_closes_gets_the_close_frame_back() {
    let server = start();
    let mut gina = connect(&server).await;
    gina.register("gina").await;
    gina.send("JOIN #room").await;
    gina.until("366").await;
    let mut hank = server.guest("hank").await;
    hank.run("JOIN #room").await;
    gina.send_frame(Frame::Close(None)).await;
    loop {
        match gina.next().await {
            Some(Frame::Close(_)) => break,
            Some(_) => {}
            None => panic!("no close frame"),
        }
    }
    assert_eq!(gina.next().await, None);
    assert_eq!(hank.until("QUIT").await.nick(), "gina");
    // One that hangs up without a word is gone all the same.
    let mut ivy = connect(&server).await;
    ivy.register("ivy").await;
    ivy.send("JOIN #room").await;
    ivy.until("366").await;
    drop(ivy);
    assert_eq!(hank.until("QUIT").await.nick(), "ivy");
}

#[tokio::test]
async fn a_head_of_http_that_is_endless_or_slow_is_not_waited_for() {
    let server =
        Server::with(&[WEB, "--guests", "--handshake-timeout-s=1", "--listen-web-plain=127.0.0.1:0"]);
    let mut endless = web::tls(&server).await;
    let field = format!("X-Field: {}\r\n", "x".repeat(1000));
    drop(endless.write_all(format!("GET / HTTP/1.1\r\n{}", field.repeat(40)).as_bytes()).await);
    let mut answer = Vec::new();
    // A reset is an end as well.
    drop(timeout(PATIENCE, endless.read_to_end(&mut answer)).await.expect("it is closed in time"));
    assert!(!String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 200"), "{answer:?}");

    for beginning in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: localhost\r\n"] {
        let mut half = web::tls(&server).await;
        half.write_all(beginning.as_bytes()).await.unwrap();
        half.flush().await.unwrap();
        drop(timeout(PATIENCE, half.read_to_end(&mut answer)).await.expect("it is closed in time"));
    }
    let mut mute = TcpStream::connect(("localhost", server.web_port())).await.unwrap();
    drop(timeout(PATIENCE, mute.read_to_end(&mut answer)).await.expect("it is closed in time"));

    // Byte by byte, there is one deadline for all of it.
    let mut slow = web::plain(&server.web_plain_addresses()[0]).await;
    let (mut reader, mut writer) = tokio::io::split(&mut slow);
    let dripping = async {
        while writer.write_all(b"X").await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    let ended = async { drop(reader.read_to_end(&mut answer).await) };
    timeout(PATIENCE, async {
        tokio::select! { () = dripping => {}, () = ended => {} }
    })
    .await
    .expect("it is closed in time");
    connect(&server).await.register("gina").await;
}

#[tokio::test]
async fn who_upgrades_and_does_not_register_is_closed() {
    let server = Server::with(&[WEB, "--registration-timeout-s=1"]);
    let mut frames = connect(&server).await;
    // Pings are no registration.
    frames.send_frame(Frame::Ping("".into())).await;
    let (code, line) = frames.closed().await;
    assert_eq!((code, line.as_str()), (CloseCode::Normal, "ERROR :Closing link: Registration timed out"));
}

#[tokio::test]
async fn a_web_client_that_does_not_read_is_closed_and_others_go_on() {
    let server = Server::with(&[WEB, "--guests", "--flood-per-second=0", "--ping-timeout-s=2"]);
    let mut slow = Frames::over(web::tls_narrow(&server).await, "text.ircv3.net").await;
    slow.register("sloth").await;
    slow.send("JOIN #room").await;
    slow.until("366").await;
    let mut alice = server.newcomer("alice", &["echo-message"]).await;
    alice.run("JOIN #room").await;
    let text = "x".repeat(400);
    let lines = format!("PRIVMSG #room :{text}\r\n").repeat(100);
    // It goes on reading nothing until the server has had enough of it.
    timeout(3 * PATIENCE, async {
        loop {
            alice.send_raw(lines.as_bytes()).await;
            let shown = alice.sync().await;
            if shown.iter().any(|m| m.command == "QUIT" && m.nick() == "sloth") {
                assert!(shown.iter().any(|m| m.last() == "Not reading"), "{:?}", shown.last());
                break;
            }
        }
    })
    .await
    .expect("it is closed in time");
}
