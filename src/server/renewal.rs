//! The certificate does not end unnoticed: one that the server makes is renewed, and of every other there is a word
//! in the log before. Drops nobody.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::clock::Clock;
use crate::config::Config;
use crate::identity::{Description, ENDS_SOON_MS, Identity};

use super::acme::{Acme, Settings};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How a renewal went.
const OUTCOMES: [&str; 2] = ["done", "failed"];

/// Renewals by their outcome.
#[derive(Clone, Debug)]
pub(super) struct Renewals(Family<[(&'static str, &'static str); 1], Counter>);

/// Looks after the certificate.
#[derive(Clone, Debug)]
pub(super) struct Renewal {
    pub(super) identity: Arc<Identity>,
    clock: Clock,
    pub(super) renewals: Renewals,
}

impl Default for Renewals {
    /// Both from zero, so that the first one is seen as one more.
    fn default() -> Self {
        let renewals = Family::<_, Counter>::default();
        OUTCOMES.iter().for_each(|outcome| drop(renewals.get_or_create(&[("outcome", *outcome)])));
        Self(renewals)
    }
}

impl Renewals {
    pub(super) fn count(&self, well: bool) {
        let [done, failed] = OUTCOMES;
        self.0.get_or_create(&[("outcome", if well { done } else { failed })]).inc();
    }

    /// What is counted, to be shown.
    pub(super) fn family(&self) -> Family<[(&'static str, &'static str); 1], Counter> {
        self.0.clone()
    }
}

impl Renewal {
    pub(super) fn new(identity: &Arc<Identity>) -> Self {
        Self { identity: Arc::clone(identity), clock: Clock::System, renewals: Renewals::default() }
    }

    /// Looks after it from now on, and asks an authority if the settings name one, in tasks of their own.
    pub(super) fn start(&self, config: &Config, tasks: &mut JoinSet<()>) {
        tasks.spawn(self.clone().keep());
        if let Some(settings) = Settings::of(config) {
            let (identity, renewals) = (Arc::clone(&self.identity), self.renewals.clone());
            tasks.spawn(Acme::new(settings, identity, self.clock.clone(), renewals).keep());
        }
    }

    /// Looks at once and then daily, until the task is ended.
    async fn keep(self) {
        let mut days = interval(DAY);
        days.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            days.tick().await;
            self.look();
        }
    }

    /// Renews what is the server's own to renew, and warns of what is not, or could not be.
    pub(super) fn look(&self) {
        let identity = &self.identity;
        match identity.renew_if_due() {
            Ok(true) => {
                self.renewals.count(true);
                let fingerprint = identity.fingerprint();
                tracing::info!(
                    fingerprint,
                    "the certificate was about to end and is renewed, for the same key"
                );
            }
            Ok(false) => {}
            Err(error) => {
                self.renewals.count(false);
                tracing::error!(%error, "the certificate can't be renewed");
            }
        }
        let Ok(Description { not_after, .. }) = identity.describe() else { return };
        let left_ms = not_after.0 - self.clock.now().0;
        if left_ms < ENDS_SOON_MS {
            tracing::warn!(
                %not_after,
                days = left_ms.div_euclid(DAY_MS),
                file = %identity.file().display(),
                "the certificate ends soon, and nobody will get in any more; if it was given, get a new one where it is \
                 from, put it in its place, and send the server SIGHUP; if not, see above why it is not renewed"
            );
        }
    }
}
