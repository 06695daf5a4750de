//! Bytes that mean nothing.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};

use super::super::target::{Door, Target};

const ATTACKERS: usize = 32;
const BYTES: usize = 8 * 1024;

fn door(attacker: usize) -> Door {
    if attacker.is_multiple_of(2) { Door::Irc } else { Door::Web }
}

fn garbage() -> Vec<u8> {
    let mut bytes = vec![0; BYTES];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// Instead of a handshake.
pub(super) async fn before_tls(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let stream = target.tcp(door(attacker), attacker).await?;
        throw(&target, stream).await;
        Ok(())
    };
    target.swarm(ATTACKERS, deed).await;
}

/// Instead of IRC, and of HTTP.
pub(super) async fn after_tls(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let offered = if door(attacker) == Door::Web { "http/1.1" } else { "" };
        let stream = target.tls(door(attacker), attacker, offered).await?;
        throw(&target, stream).await;
        Ok(())
    };
    target.swarm(ATTACKERS, deed).await;
}

async fn throw(target: &Target, stream: impl AsyncRead + AsyncWrite) {
    let (reader, mut writer) = tokio::io::split(stream);
    let writing = async {
        for _ in 0..8 {
            // Mostly short lines, as it happens; some are words.
            if writer.write_all(&[&garbage()[..], b"\r\nHELLO there\r\n"].concat()).await.is_err() {
                break;
            }
        }
        drop(writer.shutdown().await);
    };
    tokio::join!(target.last_words(reader), writing);
}
