//! A thousand rooms, and questions about all of them.

use std::sync::Arc;

use super::super::target::Target;

const ATTACKERS: usize = 8;

/// Makes rooms, and asks who is there and who is in them.
pub(super) async fn thousand(target: Arc<Target>) {
    let deed = |target: Arc<Target>, attacker| async move {
        let client = target.member(attacker, &[], "#rooms").await?;
        let mut number = 0;
        let lines = move || {
            number += 1;
            let room = format!("#m-{attacker}-{number}");
            format!("JOIN {room}\r\nLIST\r\nNAMES {room}\r\nWHO *\r\nMODE {room} +k x\r\n").into_bytes()
        };
        target.flood(client.into_stream(), lines).await
    };
    target.swarm(ATTACKERS, deed).await;
}
