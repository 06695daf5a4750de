//! Questions that cost the server more than who asks: pages of history, and searches.

use std::sync::Arc;

use super::super::pair::ROOM;
use super::super::target::Target;

const ATTACKERS: usize = 16;

/// Pages of the room where the pair talks.
pub(super) async fn history(target: Arc<Target>) {
    ask(target, format!("CHATHISTORY LATEST {ROOM} * 100\r\n")).await;
}

/// A word that is in many messages.
pub(super) async fn searches(target: Arc<Target>) {
    ask(target, "SEARCH text=0;limit=100\r\n".to_owned()).await;
}

async fn ask(target: Arc<Target>, question: String) {
    let deed = move |target: Arc<Target>, attacker| {
        let question = question.clone().into_bytes();
        async move {
            let caps = ["draft/chathistory", "batch", "message-tags", "soju.im/search"];
            let client = target.member(attacker, &caps, ROOM).await?;
            target.flood(client.into_stream(), move || question.clone()).await
        }
    };
    target.swarm(ATTACKERS, deed).await;
}
