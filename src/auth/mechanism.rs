//! Signing in: SASL PLAIN with a password or a token, EXTERNAL with a client certificate.
//!
//! Every failed attempt costs the same work and gets the same words; only the log knows why.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::hush::Hush;
use crate::limits;
use crate::names::AccountName;
use crate::protocol::sasl::Plain;
use crate::store::Error as StoreError;
use crate::store::accounts::{Account, Accounts};
use crate::store::second_factors::SecondFactor;

use super::attempt::Attempt;
use super::metrics::Metrics;
use super::password::{self, Passwords};
use super::throttle::Throttle;
use super::totp::{self, Code};
use super::{Error, PasswordRules, Proof, secret};

/// Refused logins that are logged in a minute; beyond, their number is.
const REFUSED_LINES_MAX: u32 = 100;

/// Judges who may be whom. One for the whole server.
pub struct Authenticator {
    pub(super) store: Arc<dyn Accounts>,
    pub(super) passwords: Passwords,
    pub(super) clock: Clock,
    /// What new passwords are measured by.
    pub(super) rules: PasswordRules,
    pub(super) metrics: Metrics,
    throttle: Mutex<Throttle>,
    /// How often a refused login is logged.
    hush: Hush,
    /// An attempt was judged; another may be admitted.
    pub(super) judged: Notify,
}

impl std::fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authenticator").finish_non_exhaustive()
    }
}

impl Authenticator {
    /// An authenticator for the accounts of this store.
    #[must_use]
    pub fn new(store: Arc<dyn Accounts>, passwords: Passwords, clock: Clock, rules: PasswordRules) -> Self {
        Self {
            store,
            passwords,
            clock,
            rules,
            metrics: Metrics::default(),
            throttle: Mutex::default(),
            hush: Hush::new(REFUSED_LINES_MAX, Duration::from_secs(60)),
            judged: Notify::new(),
        }
    }

    /// Logins so far.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Passwords that wait to be hashed or compared.
    #[must_use]
    pub fn passwords_queued(&self) -> usize {
        self.passwords.queued()
    }

    /// The account of a name and its password, or of a name and a token. No address: a unix socket.
    ///
    /// # Errors
    /// [`Error::Rejected`], [`Error::Throttled`], [`Error::Busy`], [`Error::Unavailable`].
    pub async fn plain(&self, plain: &Plain, address: Option<IpAddr>) -> Result<Account, Error> {
        self.sign_in(plain, address).await.map(|(account, _)| account)
    }

    /// The same, and which of the two it was. Where there is a second factor, the password has a code behind it.
    ///
    /// # Errors
    /// As above; [`Error::CodeRequired`], [`Error::CodeWrong`].
    pub async fn sign_in(&self, plain: &Plain, address: Option<IpAddr>) -> Result<(Account, Proof), Error> {
        let name = AccountName::parse(&plain.name).ok();
        // What is no name is one unknown account.
        let key = name.as_ref().map(AccountName::folded).unwrap_or_default();
        let admitted = Attempt::admitted(self, Some(&key), address).await;
        let attempt = admitted.inspect_err(|_| self.metrics.refused("throttled"))?;
        attempt.wait().await;
        let result = self.judge(name.as_ref(), &plain.password, address).await;
        match &result {
            Ok(_) => attempt.forgive(true),
            Err(error @ (Error::Busy | Error::Unavailable(_))) => {
                let is_busy = *error == Error::Busy;
                self.metrics.refused(if is_busy { "busy" } else { "unavailable" });
                attempt.forgive(false);
            }
            // Not a guess: who has a second factor is told so by this.
            Err(Error::CodeRequired) => attempt.forgive(false),
            Err(_) => drop(attempt),
        }
        result
    }

    /// Signs in by the SHA-256 of the client's certificate, 64 lower-case hex digits, whose key the
    /// TLS handshake has proved. `authzid`: the account it wants to be, or empty.
    ///
    /// # Errors
    /// [`Error::Rejected`], [`Error::Unavailable`].
    pub async fn external(
        &self,
        fingerprint: &str,
        authzid: &str,
        address: Option<IpAddr>,
    ) -> Result<Account, Error> {
        let account = match self.store.account_by_certificate(fingerprint).await {
            Ok(account) => account,
            Err(StoreError::NotFound | StoreError::Conflict) => {
                if let Some(unsaid) = self.hush.lifted(Instant::now()) {
                    let cause = "unknown certificate";
                    tracing::info!(fingerprint, ?address, cause, unsaid, "login refused");
                }
                self.metrics.refused("unknown certificate");
                return Err(Error::Rejected);
            }
            Err(error @ StoreError::Unavailable(_)) => return Err(unavailable(&error)),
        };
        let cause = if account.suspended {
            "suspended"
        } else if !authzid.is_empty() && !account.name.as_str().eq_ignore_ascii_case(authzid) {
            "certificate of another account"
        } else {
            self.metrics.accepted("certificate");
            return Ok(account);
        };
        self.metrics.refused(cause);
        if let Some(unsaid) = self.hush.lifted(Instant::now()) {
            tracing::info!(account = %account.name, ?address, cause, unsaid, "login refused");
        }
        Err(Error::Rejected)
    }

    /// Signs in by a token alone. No name: who guesses one of so many bits needs no delay to fail.
    ///
    /// # Errors
    /// [`Error::Rejected`], [`Error::Unavailable`].
    pub async fn bearer(&self, token: &str, address: Option<IpAddr>) -> Result<Account, Error> {
        self.by_token(token, address).await.map(|(account, _)| account)
    }

    /// The same, and the token's number.
    ///
    /// # Errors
    /// As above.
    pub async fn by_token(&self, token: &str, address: Option<IpAddr>) -> Result<(Account, u64), Error> {
        let cause = match self.owner(token).await? {
            Some((account, id)) if !account.suspended => {
                self.metrics.accepted("token");
                return Ok((account, id));
            }
            Some(_) => "suspended",
            None => "unknown token",
        };
        self.metrics.refused(cause);
        if let Some(unsaid) = self.hush.lifted(Instant::now()) {
            tracing::info!(?address, cause, unsaid, "login refused");
        }
        Err(Error::Rejected)
    }

    async fn judge(
        &self,
        name: Option<&AccountName>,
        password: &Zeroizing<String>,
        address: Option<IpAddr>,
    ) -> Result<(Account, Proof), Error> {
        let account = match name {
            None => None,
            Some(name) => match self.store.account(name).await {
                Ok(account) => Some(account),
                Err(StoreError::NotFound | StoreError::Conflict) => None,
                Err(error @ StoreError::Unavailable(_)) => return Err(unavailable(&error)),
            },
        };
        // Looked up for whatever name, or a name nobody has would be told by the time that this takes.
        let owner = self.owner(password).await?;
        if let Some(account) = &account
            && !account.suspended
            && let Some((owner, token)) = owner
            && owner.id == account.id
        {
            self.metrics.accepted("token");
            return Ok((owner, Proof::Token(token)));
        }
        let factor = self.factor_of(account.as_ref()).await?;
        // What stands behind the password is a code only where there is a second factor.
        let (password, code) =
            if factor.is_some() { totp::split(password) } else { (password.as_str(), None) };
        let password = Zeroizing::new(password.to_owned());
        let stored = account.as_ref().and_then(|account| account.password_hash.clone());
        // Longer ones can't have been set; the work is done all the same.
        let judged =
            if password.len() > limits::PASSWORD_BYTES_MAX { Zeroizing::default() } else { password.clone() };
        let verdict = self.passwords.verify(address, judged, stored).await.map_err(pool_error)?;
        let cause = match account {
            Some(account) if verdict.ok && !account.suspended => {
                let proof = self.second_proof(&account, factor, code, address).await?;
                if verdict.needs_rehash {
                    self.rehash(&account, password, address).await;
                }
                self.metrics.accepted("password");
                return Ok((account, proof));
            }
            Some(account) => {
                let cause = if account.suspended { "suspended" } else { "wrong password" };
                if let Some(unsaid) = self.hush.lifted(Instant::now()) {
                    tracing::info!(account = %account.name, ?address, cause, unsaid, "login refused");
                }
                self.metrics.refused(cause);
                return Err(Error::Rejected);
            }
            // Not the name: people type their password there.
            None => "unknown account",
        };
        self.metrics.refused(cause);
        if let Some(unsaid) = self.hush.lifted(Instant::now()) {
            tracing::info!(?address, cause, unsaid, "login refused");
        }
        Err(Error::Rejected)
    }

    /// What who has shown the right password has proved, with the code if there must be one.
    async fn second_proof(
        &self,
        account: &Account,
        factor: Option<SecondFactor>,
        code: Option<Code>,
        address: Option<IpAddr>,
    ) -> Result<Proof, Error> {
        let Some(factor) = factor else { return Ok(Proof::Password) };
        let checked = self.check_code(account, &factor, code).await;
        let cause = match &checked {
            Ok(()) => return Ok(Proof::PasswordAndCode),
            Err(Error::CodeRequired) => "no code",
            Err(Error::CodeWrong) => "wrong code",
            Err(_) => return checked.map(|()| Proof::Password),
        };
        if let Some(unsaid) = self.hush.lifted(Instant::now()) {
            tracing::info!(account = %account.name, ?address, cause, unsaid, "login refused");
        }
        self.metrics.refused(cause);
        checked.map(|()| Proof::Password)
    }

    /// Whose token this is. A password that only looks like one goes on to be judged as a password, so a
    /// wrong token takes no less time either.
    async fn owner(&self, token: &str) -> Result<Option<(Account, u64)>, Error> {
        if !secret::is_token(token) {
            return Ok(None);
        }
        match self.store.use_token(&secret::hash(token), self.clock.now()).await {
            Ok(owner) => Ok(Some(owner)),
            Err(StoreError::NotFound | StoreError::Conflict) => Ok(None),
            Err(error @ StoreError::Unavailable(_)) => Err(unavailable(&error)),
        }
    }

    /// The login is good whether or not this works.
    async fn rehash(&self, account: &Account, password: Zeroizing<String>, address: Option<IpAddr>) {
        let Some(old) = &account.password_hash else { return };
        let done = match self.passwords.hash(address, password).await {
            Ok(new) => {
                self.store.replace_password_hash(account.id, old, &new).await.map_err(|e| e.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        match done {
            Ok(replaced) => tracing::info!(account = %account.name, replaced, "password hashed anew"),
            Err(error) => tracing::warn!(account = %account.name, error, "password not hashed anew"),
        }
    }

    pub(super) fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes the cause and keeps it from the public.
pub(super) fn unavailable(error: &(impl std::fmt::Display + ?Sized)) -> Error {
    tracing::error!(%error, "accounts are unavailable");
    Error::Unavailable(error.to_string())
}

pub(super) fn pool_error(error: password::Error) -> Error {
    match error {
        password::Error::Busy => Error::Busy,
        password::Error::Broken => unavailable(&error),
    }
}
