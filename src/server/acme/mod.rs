//! Certificates of an authority: got when they are needed and renewed in time, while the server runs.
//!
//! Decides when to ask; how is in `order.rs`. What fails is tried again, ever more seldom: authorities count.

mod order;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::clock::Clock;
use crate::config::Config;
use crate::identity::{Description, Identity};

use super::renewal::Renewals;

/// How long one attempt may take.
const ATTEMPT_MAX: Duration = Duration::from_secs(10 * 60);
/// The pause after the first failure; it doubles with each, up to the longest. Let's Encrypt takes five failures an
/// hour for a name.
const PAUSE_MIN_MS: u64 = 5 * 60 * 1000;
const PAUSE_MAX_MS: u64 = 12 * 60 * 60 * 1000;
/// A clock that is set, or a machine that slept, is noticed after this time.
const LOOK_EVERY_MS: u64 = 24 * 60 * 60 * 1000;
/// By how much more than it has to be a pause may be, so that not all servers come at once: the fourth part.
const JITTER_PART: u64 = 4;

/// What is asked, and of whom.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    domains: Vec<String>,
    contact: Option<String>,
    directory: String,
    ca: Option<PathBuf>,
    folder: PathBuf,
}

/// Sees to it that the certificate in force is an authority's, and in its time.
#[derive(Debug)]
pub(super) struct Acme {
    settings: Settings,
    identity: Arc<Identity>,
    clock: Clock,
    renewals: Renewals,
}

impl Settings {
    /// `None`: no authority is asked.
    pub(super) fn of(config: &Config) -> Option<Self> {
        let domains: Vec<_> = config.acme_domain.iter().map(|name| name.as_str().to_owned()).collect();
        (!domains.is_empty()).then(|| Self {
            domains,
            contact: config.acme_contact.as_ref().map(|contact| format!("mailto:{contact}")),
            directory: config.acme_directory.as_str().to_owned(),
            ca: config.acme_ca.clone(),
            folder: config.acme_dir(),
        })
    }
}

impl Acme {
    pub(super) fn new(settings: Settings, identity: Arc<Identity>, clock: Clock, renewals: Renewals) -> Self {
        Self { settings, identity, clock, renewals }
    }

    /// Goes on until the task is ended.
    pub(super) async fn keep(self) {
        let (mut failures, mut wanted) = (0, false);
        loop {
            let left_ms = if wanted { 0 } else { self.left_ms() };
            let pause_ms = if left_ms > 0 {
                with_jitter(left_ms).min(LOOK_EVERY_MS)
            } else if self.attempt(failures).await {
                failures = 0;
                // At least this long, should the authority give what is due at once.
                PAUSE_MIN_MS
            } else {
                failures += 1;
                pause_ms(failures)
            };
            tokio::select! {
                () = sleep(Duration::from_millis(pause_ms)) => wanted = false,
                () = self.identity.asked() => wanted = true,
            }
        }
    }

    /// Milliseconds until a new certificate is to be got: after two thirds of the old one's time, at once if that is
    /// not an authority's or lacks a name.
    fn left_ms(&self) -> u64 {
        let Ok(found) = self.identity.describe() else { return 0 };
        let has = |domain: &String| found.names.iter().any(|name| name.eq_ignore_ascii_case(domain));
        if found.is_self_signed || !self.settings.domains.iter().all(has) {
            return 0;
        }
        u64::try_from(due_ms(&found).saturating_sub(self.clock.now().0)).unwrap_or(0)
    }

    async fn attempt(&self, failures: u32) -> bool {
        let domains = self.settings.domains.join(" ");
        let order = timeout(ATTEMPT_MAX, order::obtain(&self.settings, &self.identity));
        let failure = match order.await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("the authority did not answer in time".to_owned()),
        };
        self.identity.forget_challenges();
        self.renewals.count(failure.is_none());
        if let Some(cause) = &failure {
            let next_s = pause_ms(failures + 1) / 1000;
            tracing::error!(
                domains,
                directory = self.settings.directory,
                cause,
                next_s,
                "no certificate was got"
            );
        } else {
            let fingerprint = self.identity.fingerprint();
            tracing::info!(domains, fingerprint, "a certificate was got and is shown from now on");
        }
        let well = failure.is_none();
        self.identity.note_failure(failure);
        well
    }
}

/// When two thirds of its time are over, in milliseconds since 1970.
fn due_ms(found: &Description) -> i64 {
    let (from, until) = (found.not_before.0, found.not_after.0);
    from.saturating_add(until.saturating_sub(from) / 3 * 2)
}

fn pause_ms(failures: u32) -> u64 {
    with_jitter(PAUSE_MIN_MS.saturating_mul(1 << (failures - 1).min(16)).min(PAUSE_MAX_MS))
}

fn with_jitter(ms: u64) -> u64 {
    let mut chance = [0; 8];
    if getrandom::fill(&mut chance).is_err() {
        return ms;
    }
    ms.saturating_add(u64::from_le_bytes(chance) % (ms / JITTER_PART).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn two_thirds_of_its_time_a_certificate_stays() {
        let found = Description {
            fingerprint: String::new(),
            key_fingerprint: String::new(),
            names: Vec::new(),
            issuer: String::new(),
            is_self_signed: false,
            not_before: Timestamp(1000),
            not_after: Timestamp(91_000),
        };
        assert_eq!(due_ms(&found), 61_000);
    }

    #[test]
    fn what_fails_again_and_again_is_tried_ever_more_seldom() {
        let minutes = |failures| pause_ms(failures) / 60_000;
        for (failures, least, most) in [(1, 5, 6), (2, 10, 12), (4, 40, 50), (9, 720, 900), (1000, 720, 900)]
        {
            assert!((least..=most).contains(&minutes(failures)), "{failures}: {}", minutes(failures));
        }
    }
}
