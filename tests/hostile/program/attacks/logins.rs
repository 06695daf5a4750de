//! Storms of logins: wrong passwords of somebody who is there, and of nobody.

use std::sync::Arc;

use tokio::io::AsyncWriteExt as _;

use crate::support::Client;

use super::super::target::{Door, Target};
use super::super::{PAIR, basic as credentials};

const ATTACKERS: usize = 64;

/// Whom this one guesses at.
fn name(attacker: usize) -> String {
    if attacker.is_multiple_of(2) { PAIR[0].to_owned() } else { format!("nobody-{attacker}") }
}

/// By SASL, on connection after connection.
pub(super) async fn sasl(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let stream = target.tls(Door::Irc, attacker, "").await?;
        let mut client = Client::over(stream, 0);
        client.send("CAP REQ sasl").await;
        for _ in 0..3 {
            let answer = client.authenticate(&name(attacker), "a wrong password").await;
            target.count(&answer.command);
            target.note(answer.last());
        }
        Ok(())
    };
    target.swarm(ATTACKERS, deed).await;
}

/// By the API, request after request.
pub(super) async fn basic(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let stream = target.tls(Door::Web, attacker, "http/1.1").await?;
        let credentials = credentials(&name(attacker), "a wrong password");
        let request = format!("GET /api/me HTTP/1.1\r\nHost: localhost\r\n{credentials}\r\n");
        let (reader, mut writer) = tokio::io::split(stream);
        let writing = async {
            for _ in 0..20 {
                writer.write_all(request.as_bytes()).await?;
                writer.flush().await?;
            }
            std::future::pending::<std::io::Result<()>>().await
        };
        tokio::select! {
            () = target.last_words(reader) => Ok(()),
            ended = writing => ended,
        }
    };
    target.swarm(ATTACKERS, deed).await;
}
