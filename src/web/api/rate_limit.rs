//! How fast a program may ask: the bucket of a session, one for each account and each webhook,
//! however many connections it has. Who is too fast is told when to come again.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use tokio::time::Instant;

use crate::ids::AccountId;
use crate::limits::{self, Limits};
use crate::session::Service;
use crate::session::flood::Flood;
use crate::store::accounts::Account;
use crate::web::{Caller, Problem};

/// What one request costs, as one command does.
const REQUEST_COST: u32 = 1;

/// The buckets of all.
#[derive(Debug, Default)]
pub(in crate::web) struct RateLimits {
    accounts: Buckets<AccountId>,
    hooks: Buckets<u64>,
}

/// The buckets that are not full.
#[derive(Debug)]
struct Buckets<K>(Mutex<HashMap<K, Flood>>);

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// Who asks, and has not asked too much.
pub(in crate::web) struct RateLimited {
    /// The account.
    pub(in crate::web) account: Account,
    rate_limits: Arc<RateLimits>,
}

impl RateLimits {
    /// Pays for a use of a webhook.
    pub(in crate::web) fn spend_on_hook(&self, hook: u64, cost: u32, limits: &Limits) -> Result<(), Problem> {
        self.hooks.spend(hook, cost, limits)
    }
}

impl RateLimited {
    /// Pays for more than the request itself.
    pub(in crate::web) fn spend(&self, cost: u32, limits: &Limits) -> Result<(), Problem> {
        self.rate_limits.accounts.spend(self.account.id, cost, limits)
    }
}

impl<K: Eq + Hash> Buckets<K> {
    fn spend(&self, key: K, cost: u32, limits: &Limits) -> Result<(), Problem> {
        let now = Instant::now();
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= limits::RATE_BUCKETS_MAX {
            buckets.retain(|_, bucket| !bucket.is_full(now));
        }
        let new = || Flood::new(limits.flood_burst, limits.flood_per_second, now);
        let bucket = buckets.entry(key).or_insert_with(new);
        if let Some(until) = bucket.wait_until(now) {
            let seconds = (until - now).as_secs_f64().ceil();
            let text = "too many requests; slow down";
            // A bucket owes no more than the longest message costs.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and positive")]
            let retry_after_s = Some((seconds as u64).max(1));
            return Err(Problem { retry_after_s, ..Problem::new(StatusCode::TOO_MANY_REQUESTS, text) });
        }
        bucket.spend(cost, now);
        Ok(())
    }
}

impl FromRequestParts<Arc<Service>> for RateLimited {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Problem> {
        let Caller(account) = Caller::from_request_parts(parts, service).await?;
        let missing = || Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "rate limits are missing");
        let rate_limits = parts.extensions.get::<Arc<RateLimits>>().cloned().ok_or_else(missing)?;
        let caller = Self { account, rate_limits };
        caller.spend(REQUEST_COST, &service.limits)?;
        Ok(caller)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_bucket_of_its_own() {
        let buckets = Buckets::default();
        let limits = Limits { flood_burst: 2, flood_per_second: 1, ..Limits::default() };
        for _ in 0..3 {
            buckets.spend(1, 1, &limits).unwrap();
        }
        let problem = buckets.spend(1, 1, &limits).unwrap_err();
        assert_eq!((problem.status, problem.retry_after_s), (StatusCode::TOO_MANY_REQUESTS, Some(1)));
        buckets.spend(2, 1, &limits).unwrap();
        let none = Limits { flood_per_second: 0, ..limits };
        let unlimited = Buckets::default();
        for _ in 0..1000 {
            unlimited.spend(1, 100, &none).unwrap();
        }
    }
}
