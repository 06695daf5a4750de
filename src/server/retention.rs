//! Forgetting what the rules of retention do not keep: at the start, regularly, and when a rule was set.
//!
//! In small steps with rests between them, so that nobody who speaks waits for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::clock::Clock;
use crate::ids::RoomId;
use crate::limits;
use crate::store::retention::{Cutoff, Rule};
use crate::store::{Error, Store};

/// The rest between two steps.
const BREATH: Duration = Duration::from_millis(20);
const INTERVAL: Duration = Duration::from_secs(limits::RETENTION_INTERVAL_S);

/// Goes by the rules for ever: those of single rooms, and the general one for all others.
pub(super) async fn follow(store: Arc<dyn Store>, general: Rule, clock: Clock) {
    loop {
        match sweep(&*store, general, &clock).await {
            Ok(0) => {}
            Ok(entries) => tracing::info!(entries, "forgot what the rules of retention do not keep"),
            Err(error) => tracing::warn!(%error, "what is to be forgotten stays for now"),
        }
        tokio::select! {
            () = store.retention_rule_set() => {}
            () = sleep(INTERVAL) => {}
        }
    }
}

/// How many entries went.
async fn sweep(store: &dyn Store, general: Rule, clock: &Clock) -> Result<usize, Error> {
    let rules: HashMap<RoomId, Rule> = store.retention_rules().await?.into_iter().collect();
    let rooms = if general.keeps_all() {
        rules.keys().copied().collect()
    } else {
        store.rooms_with_entries().await?
    };
    let mut gone = 0;
    for room in rooms {
        let rule = rules.get(&room).copied().unwrap_or(general);
        let cutoff = Cutoff { before: rule.since(clock.now()), entries_max: rule.entries_max };
        if rule.keeps_all() {
            continue;
        }
        loop {
            let count = store.forget(room, cutoff, limits::FORGOTTEN_LEN).await?;
            gone += count;
            if count < limits::FORGOTTEN_LEN {
                break;
            }
            sleep(BREATH).await;
        }
    }
    while gone > 0 && store.give_back().await? {
        sleep(BREATH).await;
    }
    Ok(gone)
}
