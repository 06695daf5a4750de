//! Attempts: what is judged of somebody who wants in, from being admitted to its outcome.
//!
//! One that is broken off, because who made it hung up, counts as failed: else guessing would cost nothing who
//! does not wait for the answer, and others would wait for it without end.

use std::net::IpAddr;
use std::time::Duration;

use super::throttle::Judgement;
use super::{Authenticator, Error};

/// An attempt under way; as failed as long as nothing else is said.
pub(super) struct Attempt<'a> {
    authenticator: &'a Authenticator,
    /// What it is an attempt on; nothing where it concerns no account.
    account: Option<String>,
    address: Option<IpAddr>,
    wait: Duration,
    is_over: bool,
}

impl<'a> Attempt<'a> {
    /// Waits until an attempt is admitted. No account: registering, trying invitations.
    ///
    /// # Errors
    /// [`Error::Throttled`].
    pub(super) async fn admitted(
        authenticator: &'a Authenticator,
        account: Option<&str>,
        address: Option<IpAddr>,
    ) -> Result<Self, Error> {
        loop {
            let judged = authenticator.judged.notified();
            let now = authenticator.clock.now();
            let judgement = match account {
                Some(account) => authenticator.throttle().attempt(account, address, now),
                None => authenticator.throttle().attempt_unnamed(address, now),
            };
            match judgement {
                Judgement::Admitted { wait_ms } => {
                    let (account, wait) = (account.map(str::to_owned), Duration::from_millis(wait_ms));
                    return Ok(Self { authenticator, account, address, wait, is_over: false });
                }
                Judgement::Refused { seconds } => return Err(Error::Throttled { seconds }),
                Judgement::Later => judged.await,
            }
        }
    }

    /// Waits as long as it has to for what failed on the account before.
    pub(super) async fn wait(&self) {
        if !self.wait.is_zero() {
            tokio::time::sleep(self.wait).await;
        }
    }

    /// It succeeded, or nobody could judge it: it does not count.
    pub(super) fn forgive(mut self, success: bool) {
        self.is_over = true;
        let mut throttle = self.authenticator.throttle();
        match &self.account {
            Some(account) => throttle.forgiven(account, self.address, success),
            None => throttle.forgiven_unnamed(self.address),
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            let mut throttle = self.authenticator.throttle();
            match &self.account {
                Some(account) => throttle.failed(account, self.address),
                None => throttle.failed_unnamed(self.address),
            }
        }
        self.authenticator.judged.notify_waiters();
    }
}
