//! Lines that have no end, lines full of tags, and messages of several lines that never end.

use std::sync::Arc;

use super::super::target::{Door, Target};

const ATTACKERS: usize = 16;

/// From strangers.
pub(super) async fn endless(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let stream = target.tls(Door::Irc, attacker, "").await?;
        target.flood(stream, || vec![b'x'; 4096]).await
    };
    target.swarm(ATTACKERS, deed).await;
}

/// As many tags as a line may have, to a room.
pub(super) async fn tags(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let client = target.member(attacker, &["message-tags"], "#tags").await?;
        let line = format!("@+x={};+typing=active TAGMSG #tags\r\n", "y".repeat(4000)).into_bytes();
        target.flood(client.into_stream(), move || line.clone()).await
    };
    target.swarm(ATTACKERS, deed).await;
}

/// Each begins, has some lines, and is left alone for the next.
pub(super) async fn batches(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let caps = ["batch", "draft/multiline", "message-tags", "labeled-response", "standard-replies"];
        let client = target.member(attacker, &caps, "#batches").await?;
        let mut number = 0;
        let lines = move || {
            number += 1;
            let line = format!("@batch={number} PRIVMSG #batches :{}\r\n", "x".repeat(400));
            format!("BATCH +{number} draft/multiline #batches\r\n{}", line.repeat(8)).into_bytes()
        };
        target.flood(client.into_stream(), lines).await
    };
    target.swarm(ATTACKERS, deed).await;
}
