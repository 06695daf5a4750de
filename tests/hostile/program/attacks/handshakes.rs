//! Handshakes and hang-ups at full speed.

use std::sync::Arc;
use std::time::Duration;

use super::super::target::{Door, Target};

const ATTACKERS: usize = 32;

/// A whole handshake, then the end.
pub(super) async fn shake_and_hang_up(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        drop(target.tls(Door::Irc, attacker, "").await?);
        target.note("handshake");
        Ok(())
    };
    target.swarm(ATTACKERS, deed).await;
}

/// A connection, and the end by a reset.
pub(super) async fn hang_up(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let door = if attacker % 2 == 0 { Door::Irc } else { Door::Web };
        let stream = target.tcp(door, attacker).await?;
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
        drop(stream);
        target.note("hung up");
        Ok(())
    };
    target.swarm(ATTACKERS, deed).await;
}
