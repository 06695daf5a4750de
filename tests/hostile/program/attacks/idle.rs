//! Connections on which nothing happens.

use std::sync::Arc;

use super::super::target::{Door, Target};

const ATTACKERS: usize = 600;
const VANISHED: usize = 40;

/// Connects and never says a word: a third before TLS, a third on the web, a third after TLS.
pub(super) async fn half_open(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker: usize| async move {
        match attacker % 3 {
            0 => target.last_words(target.tcp(Door::Irc, attacker).await?).await,
            1 => target.last_words(target.tcp(Door::Web, attacker).await?).await,
            _ => target.last_words(target.tls(Door::Irc, attacker, "").await?).await,
        }
        Ok(())
    };
    target.swarm(ATTACKERS, deed).await;
}

/// Signs in and is never heard of again, as a laptop that was closed: no word, no end of the connection.
pub(super) async fn vanished(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let client = target.member(attacker, &[], "#vanished").await?;
        target.last_words(client.into_stream()).await;
        Ok(())
    };
    target.swarm(VANISHED, deed).await;
}
