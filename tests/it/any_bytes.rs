//! Whatever bytes arrive: each answer is a line, nobody else is disturbed, nothing panics.

use std::sync::Arc;

use chat_secure::commands::TABLE;
use chat_secure::protocol::Message;
use proptest::prelude::*;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::support::{Client, PATIENCE, Server, chance, trust};

const CASES: u32 = 60;

/// What one connection does.
#[derive(Clone, Debug)]
struct Noise {
    door: Door,
    entered: bool,
    pieces: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, Debug)]
enum Door {
    /// Bytes where a handshake is expected.
    NoHandshake,
    Tls,
    Plain,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

fn noise() -> impl Strategy<Value = Noise> {
    let door = prop_oneof![1 => Just(Door::NoHandshake), 4 => Just(Door::Tls), 4 => Just(Door::Plain)];
    let piece = prop_oneof![
        8 => line(),
        1 => prop::collection::vec(any::<u8>(), 0..300),
        1 => Just(b"\r\n".to_vec()),
        1 => Just(b"\n".to_vec()),
        1 => (1..20_000_usize).prop_map(|len| vec![b'x'; len]),
    ];
    let pieces = prop::collection::vec(piece, 0..60);
    (door, prop::bool::weighted(0.7), pieces).prop_map(|(door, entered, pieces)| Noise {
        door,
        entered,
        pieces,
    })
}

/// Something that looks like a command, more or less.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let commands: Vec<String> = TABLE.iter().map(|row| row.name.to_owned()).collect();
    let command = prop_oneof![9 => prop::sample::select(commands), 1 => "[A-Za-z0-9]{0,12}"];
    let tags = prop_oneof![
        6 => Just(String::new()),
        1 => "@label=[a-z]{1,70} ",
        1 => "@\\+[a-z/]{1,9}=\\PC{0,20} ",
        1 => "@\\PC{0,60} ",
        1 => (1..5000_usize).prop_map(|len| format!("@+{} ", "t".repeat(len))),
    ];
    let params = prop::collection::vec(param(), 0..6);
    let last = prop_oneof![2 => Just(String::new()), 2 => " :\\PC{0,80}", 1 => " :[\\x00-\\x1f a-z]{0,20}"];
    let end = prop_oneof![20 => Just("\r\n"), 1 => Just("\n"), 1 => Just("\r"), 1 => Just("")];
    (tags, command, params, last, end).prop_map(|(tags, command, params, last, end)| {
        format!("{tags}{command}{}{last}{end}", params.concat()).into_bytes()
    })
}

fn param() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "#noise",
        "#noise,#noise2",
        "@#noise",
        "noise",
        "noise,noise",
        "*",
        ",,,",
        "0",
        "-1",
        "1",
        "10",
        "99999999999999999999",
        "LS",
        "LIST",
        "REQ",
        "END",
        "302",
        "PLAIN",
        "EXTERNAL",
        "+",
        "AAAA",
        "LATEST",
        "BEFORE",
        "AROUND",
        "BETWEEN",
        "TARGETS",
        "GET",
        "SET",
        "SUB",
        "SYNC",
        "CLEAR",
        "C",
        "S",
        "+ovbklimnst",
        "-ovbklimnst",
        "+b",
        "+k",
        "+l",
        "a!b@c",
        "timestamp=2030-01-01T00:00:00.000Z",
        "timestamp=x",
        "msgid=AAAAAWUAAAAABAGh_ca7EA",
        "msgid=",
        "batch",
        "-batch",
        "echo-message",
        "labeled-response",
        "message-tags",
        "draft/chathistory",
        "%tcuihsnfdlaor,1",
        "é",
        "\u{202e}",
    ];
    let word = prop_oneof![
        6 => prop::sample::select(KNOWN).prop_map(str::to_owned),
        1 => "[^ \\r\\n\\x00]{1,40}",
        1 => (1..600_usize).prop_map(|len| "y".repeat(len)),
    ];
    (word, " {1,2}").prop_map(|(word, spaces)| spaces + &word)
}

#[test]
fn no_bytes_harm_the_server_or_anybody_else() {
    let server = Server::with(&[
        "--guests=true",
        "--listen-plain=127.0.0.1:0",
        "--flood-per-second=0",
        "--sessions-per-address-max=1000",
    ]);
    let runtime = Runtime::new().unwrap();
    let pair = runtime.block_on(async {
        let mut pair = [server.newcomer("calm", &[]).await, server.newcomer("quiet", &[]).await];
        pair[0].run("JOIN #calm").await;
        pair[0].run("MODE #calm +s").await;
        pair[1].run("JOIN #calm").await;
        for client in &mut pair {
            // The default room is where everybody may be heard.
            client.run("PART #lobby").await;
        }
        pair
    });
    let pair = tokio::sync::Mutex::new(pair);
    chance::try_all(CASES, &noise(), |noise| {
        runtime.block_on(async {
            let answer = make(&server, &noise).await;
            check(&answer)?;
            undisturbed(&mut *pair.lock().await).await;
            server.until_logged("the log", |lines| {
                let panic = lines.iter().position(|line| line.contains("panicked"));
                Some(panic.map_or(Ok(()), |at| Err(lines[at..].join("\n"))))
            })
        })
    });
    // As a guest: who has guessed passwords at random has made this address wait.
    runtime.block_on(async { server.guest("last").await.sync().await });
    server.stop();
}

/// Sends it all, and returns all that comes back until the server has enough.
async fn make(server: &Server, noise: &Noise) -> Vec<u8> {
    let plain = &server.plain_addresses()[0];
    let mut stream: Box<dyn Stream> = match noise.door {
        Door::NoHandshake => Box::new(TcpStream::connect(server.address()).await.unwrap()),
        Door::Plain => Box::new(TcpStream::connect(plain).await.unwrap()),
        Door::Tls => {
            let stream = TcpStream::connect(server.address()).await.unwrap();
            let connector = TlsConnector::from(Arc::new(trust::pinned(server.fingerprint(), None)));
            Box::new(connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap())
        }
    };
    if noise.entered && !matches!(noise.door, Door::NoHandshake) {
        let greeting =
            b"CAP REQ :batch labeled-response echo-message\r\nNICK noise\r\nUSER n 0 * :n\r\nCAP END\r\n";
        stream.write_all(greeting).await.unwrap();
    }
    let (mut reading, mut writing) = tokio::io::split(stream);
    let mut answer = Vec::new();
    let send = async {
        for piece in &noise.pieces {
            // It may have been closed in the middle.
            if writing.write_all(piece).await.is_err() {
                break;
            }
        }
        drop(writing.shutdown().await);
    };
    let both = async { tokio::join!(send, reading.read_to_end(&mut answer)) };
    // How a connection ends that was never one does not matter.
    drop(timeout(PATIENCE, both).await.expect("the server goes on reading, and closes at the end"));
    answer
}

/// Whole lines, each of them a message.
fn check(answer: &[u8]) -> Result<(), String> {
    for line in answer.split_inclusive(|byte| *byte == b'\n') {
        let shown = String::from_utf8_lossy(line);
        let text = line.strip_suffix(b"\r\n");
        if line.first().is_some_and(u8::is_ascii_control) {
            // A TLS alert to who speaks no TLS.
            return Ok(());
        }
        let Some(text) = text else { return Err(format!("does not end in CR LF: {shown:?}")) };
        Message::parse(text).map_err(|error| format!("{error}: {shown:?}"))?;
        let tags =
            if text.starts_with(b"@") { text.iter().position(|byte| *byte == b' ').unwrap() + 1 } else { 0 };
        if line.len() - tags > 512 {
            return Err(format!("is too long: {shown:?}"));
        }
    }
    Ok(())
}

async fn undisturbed(pair: &mut [Client; 2]) {
    let [calm, quiet] = pair;
    calm.send("PRIVMSG #calm :still here").await;
    let before = calm.sync().await;
    let after = quiet.sync().await;
    assert!(before.is_empty(), "{before:?}");
    assert!(after.len() == 1 && after[0].is("PRIVMSG", &["#calm", "still here"]), "{after:?}");
}

#[tokio::test]
async fn an_answer_that_repeats_what_was_sent_is_no_longer_than_a_line_may_be() {
    let server = Server::with(&["--guests"]);
    let mut gina = server.guest("gina").await;
    for command in ["NICK", "JOIN", "WHOIS", "PART", "FLY", "CHATHISTORY", "WHO", "MODE", "TOPIC", "NAMES"] {
        let long = "y".repeat(510 - command.len() - 1);
        let lines = gina.run(&format!("{command} {long}")).await;
        assert!(!lines.is_empty() && lines.iter().all(|line| line.line.len() <= 510), "{lines:?}");
    }
}
