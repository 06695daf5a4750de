//! How many files an account may send: so many at once, and no faster than so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use tokio::time::Instant;

use crate::ids::AccountId;
use crate::limits;
use crate::session::flood::Flood;

use super::Problem;

/// Files that cost a second of their own.
const PER_SECOND: u32 = 1;
/// What a file costs, so that so many a minute pass.
const COST: u32 = 60 / limits::UPLOADS_PER_MINUTE;

/// Who sends files at the moment, or did lately.
#[derive(Debug, Default)]
pub(super) struct UploadLimit(Mutex<HashMap<AccountId, Sending>>);

#[derive(Debug)]
struct Sending {
    flood: Flood,
    arriving: usize,
    last: Instant,
}

/// Lets one file in; to be kept until it is there.
#[derive(Debug)]
pub(super) struct UploadPermit {
    limit: Arc<UploadLimit>,
    account: AccountId,
}

impl UploadLimit {
    /// Lets a file in.
    ///
    /// # Errors
    /// 429: too many at once, or too fast.
    pub(super) fn admit(self: &Arc<Self>, account: AccountId, now: Instant) -> Result<UploadPermit, Problem> {
        let mut all = self.lock();
        // Whose bucket is full again need not be remembered.
        all.retain(|_, sending| sending.arriving > 0 || now - sending.last < full_after());
        let sending = all.entry(account).or_insert_with(|| Sending {
            flood: Flood::new(limits::UPLOAD_BURST * COST, PER_SECOND, now),
            arriving: 0,
            last: now,
        });
        let refused = |seconds: u64| Problem {
            retry_after_s: Some(seconds),
            ..Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many files for now; try again later")
        };
        if sending.arriving >= limits::UPLOADS_ARRIVING_PER_ACCOUNT_MAX {
            return Err(refused(1));
        }
        if let Some(until) = sending.flood.wait_until(now) {
            return Err(refused((until - now).as_secs() + 1));
        }
        sending.flood.spend(COST, now);
        sending.arriving += 1;
        sending.last = now;
        Ok(UploadPermit { limit: Arc::clone(self), account })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Sending>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn full_after() -> std::time::Duration {
    std::time::Duration::from_secs(u64::from(limits::UPLOAD_BURST * COST / PER_SECOND))
}

impl Drop for UploadPermit {
    fn drop(&mut self) {
        if let Some(sending) = self.limit.lock().get_mut(&self.account) {
            sending.arriving = sending.arriving.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_account_sends_a_few_at_once_and_not_too_fast() {
        let (limit, start) = (Arc::new(UploadLimit::default()), Instant::now());
        let (alice, bob) = (AccountId(1), AccountId(2));
        let admit = |account| limit.admit(account, start);
        let held: Vec<_> =
            (0..limits::UPLOADS_ARRIVING_PER_ACCOUNT_MAX).map(|_| admit(alice).unwrap()).collect();
        assert_eq!(admit(alice).unwrap_err().status, StatusCode::TOO_MANY_REQUESTS);
        assert!(admit(bob).is_ok());
        drop(held);
        let burst = (0..100).take_while(|_| admit(alice).is_ok()).count();
        assert!((10..=limits::UPLOAD_BURST as usize).contains(&burst), "{burst}");
        let seconds = admit(alice).unwrap_err().retry_after_s.unwrap();
        assert!(limit.admit(alice, start + Duration::from_secs(seconds)).is_ok());
        assert!(limit.admit(bob, start + full_after() * 2).is_ok());
        assert_eq!(limit.lock().len(), 1, "alice is forgotten");
    }
}
