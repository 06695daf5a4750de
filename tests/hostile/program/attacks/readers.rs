//! Readers that never read, in a room where much is said.

use std::sync::Arc;

use super::super::target::{Door, Target};

const READERS: usize = 40;
const TALKERS: usize = 4;

/// The first of them talk, the others take nothing of it.
pub(super) async fn deaf(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let stream = target.tcp_narrow(Door::Irc, attacker).await?;
        let stream = target.shake(stream, "").await?;
        let mut client = target.admitted(stream, &[], "#deaf").await;
        if attacker >= TALKERS {
            return std::future::pending().await;
        }
        let lines = format!("PRIVMSG #deaf :{}\r\n", "x".repeat(400)).repeat(50);
        loop {
            client.send_raw(lines.as_bytes()).await;
            client.sync().await;
            target.note("spoken");
        }
    };
    target.swarm(READERS + TALKERS, deed).await;
}
