//! Slow-loris: who says everything, but takes all the time there is.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::super::target::{Door, Target};

const EVERY: Duration = Duration::from_millis(200);
const ATTACKERS: usize = 200;

/// A record of a handshake that announces 512 bytes.
const RECORD: [u8; 5] = [22, 3, 1, 2, 0];

const UPGRADE: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
/// The head of a frame of text with 126 bytes to follow, masked with zeros.
const FRAME: [u8; 8] = [0x81, 0x80 | 126, 0, 126, 0, 0, 0, 0];

/// A handshake byte by byte.
pub(super) async fn handshake(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let stream = target.tcp(Door::Irc, attacker).await?;
        let bytes = RECORD.into_iter().chain(std::iter::repeat(1));
        target.dribble(stream, bytes, EVERY).await
    };
    target.swarm(ATTACKERS, deed).await;
}

/// A nick that never ends.
pub(super) async fn registration(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let stream = target.tls(Door::Irc, attacker, "").await?;
        target.dribble(stream, b"NICK ".iter().copied().chain(std::iter::repeat(b'x')), EVERY).await
    };
    target.swarm(ATTACKERS, deed).await;
}

/// The head of a request that never ends.
pub(super) async fn head(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let stream = target.tls(Door::Web, attacker, "http/1.1").await?;
        let bytes = b"GET / HTTP/1.1\r\nHost: ".iter().copied().chain(std::iter::repeat(b'x'));
        target.dribble(stream, bytes, EVERY).await
    };
    target.swarm(ATTACKERS, deed).await;
}

/// Frames byte by byte, after an upgrade in due time.
pub(super) async fn websocket(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let mut stream = target.tls(Door::Web, attacker, "http/1.1").await?;
        stream.write_all(UPGRADE).await?;
        stream.flush().await?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await?;
        assert_eq!(&answer, b"HTTP/1.1 101");
        let frame = FRAME.into_iter().chain([b'x'; 126]);
        target.dribble(stream, frame.cycle(), EVERY).await
    };
    target.swarm(ATTACKERS, deed).await;
}
