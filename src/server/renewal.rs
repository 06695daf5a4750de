//! The certificate does not end unnoticed: one that the server makes is renewed, and of every other there is a word
//! in the log before. Drops nobody.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::clock::Clock;
use crate::identity::{Description, ENDS_SOON_MS, Identity};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Looks at once and then daily, until the task is ended.
pub(super) async fn keep(identity: Arc<Identity>, clock: Clock) {
    let mut days = interval(DAY);
    days.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        days.tick().await;
        look(&identity, &clock);
    }
}

/// Renews what is the server's own to renew, and warns of what is not, or could not be.
pub(super) fn look(identity: &Identity, clock: &Clock) {
    match identity.renew_if_due() {
        Ok(true) => {
            let fingerprint = identity.fingerprint();
            tracing::info!(fingerprint, "the certificate was about to end and is renewed, for the same key");
        }
        Ok(false) => {}
        Err(error) => tracing::error!(%error, "the certificate can't be renewed"),
    }
    let Ok(Description { not_after, .. }) = identity.describe() else { return };
    let left_ms = not_after.0 - clock.now().0;
    if left_ms < ENDS_SOON_MS {
        tracing::warn!(
            %not_after,
            days = left_ms.div_euclid(DAY_MS),
            "the certificate ends soon, and nobody will get in any more; get a new one where it is from, put it in its place, \
             and send the server SIGHUP"
        );
    }
}
