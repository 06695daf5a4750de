//! The second factor of an account: begun, put in force, asked for, removed.
//!
//! Never asks before the right password was shown: until then nobody learns who has one.

use std::net::IpAddr;

use zeroize::Zeroizing;

use crate::protocol::sasl::Plain;
use crate::store::Error as StoreError;
use crate::store::accounts::Account;
use crate::store::second_factors::SecondFactor;

use super::mechanism::{Authenticator, unavailable};
use super::totp::{Code, TotpSecret};
use super::{Error, Proof, secret};

/// Recovery codes that come with a second factor.
const RECOVERY_CODES: usize = 10;

impl Authenticator {
    /// Makes a secret for the second factor of who shows their password; it is in force once they have shown a
    /// code of it. A token is no password.
    ///
    /// # Errors
    /// Those of [`Authenticator::sign_in`]; [`Error::CodeRequired`]: there is one in force.
    pub async fn begin_second_factor(
        &self,
        account: &Account,
        password: Zeroizing<String>,
        address: Option<IpAddr>,
    ) -> Result<TotpSecret, Error> {
        let plain = Plain { name: account.name.to_string(), password };
        let (_, proof) = self.sign_in(&plain, address).await?;
        if proof != Proof::Password {
            return Err(Error::Rejected);
        }
        let secret = TotpSecret::random().map_err(|error| unavailable(&error))?;
        let stored = self.store.set_second_factor(account.id, &secret).await;
        stored.map(|()| secret).map_err(|error| refused(&error, Error::CodeRequired))
    }

    /// Puts it in force for who shows a code of it, and returns the recovery codes, which nobody can find out later.
    ///
    /// # Errors
    /// [`Error::CodeWrong`]: that is no code of it, or there is none that waits for one. [`Error::Unavailable`].
    pub async fn confirm_second_factor(
        &self,
        account: &Account,
        code: &str,
    ) -> Result<Vec<Zeroizing<String>>, Error> {
        let stored = self.store.second_factor(account.id).await.map_err(|error| unavailable(&error))?;
        let waiting = stored.filter(|factor| !factor.in_force);
        let now = self.clock.now();
        let step = waiting.and_then(|factor| factor.secret.step_of(code, now)).ok_or(Error::CodeWrong)?;
        let codes: Result<Vec<_>, _> = (0..RECOVERY_CODES).map(|_| secret::recovery_code()).collect();
        let codes = codes.map_err(|error| unavailable(&error))?;
        let hashes = codes.iter().map(|code| secret::code_hash(code)).collect();
        let done = self.store.confirm_second_factor(account.id, step, hashes, now).await;
        done.map_err(|error| refused(&error, Error::CodeWrong))?;
        tracing::info!(account = %account.name, "second factor added");
        Ok(codes)
    }

    /// Removes it for who shows password and code.
    ///
    /// # Errors
    /// Those of [`Authenticator::sign_in`].
    pub async fn remove_second_factor(
        &self,
        account: &Account,
        password: &str,
        code: &str,
        address: Option<IpAddr>,
    ) -> Result<(), Error> {
        let password = Zeroizing::new(format!("{password} {code}"));
        let plain = Plain { name: account.name.to_string(), password };
        let (_, proof) = self.sign_in(&plain, address).await?;
        if proof != Proof::PasswordAndCode {
            return Err(Error::Rejected);
        }
        let done = self.store.delete_second_factor(account.id).await;
        done.map_err(|error| refused(&error, Error::Rejected))?;
        tracing::info!(account = %account.name, "second factor removed");
        Ok(())
    }

    /// That of the account, if it is in force; looked up for a name that nobody has as well.
    pub(super) async fn factor_of(&self, account: Option<&Account>) -> Result<Option<SecondFactor>, Error> {
        let id = account.map_or_else(Default::default, |account| account.id);
        let stored = self.store.second_factor(id).await.map_err(|error| unavailable(&error))?;
        Ok(stored.filter(|factor| factor.in_force))
    }

    /// Whether this is a code of it that was not used yet; it is now.
    pub(super) async fn check_code(
        &self,
        account: &Account,
        factor: &SecondFactor,
        code: Option<Code>,
    ) -> Result<(), Error> {
        let used = match code {
            None => return Err(Error::CodeRequired),
            Some(Code::Device(code)) => match factor.secret.step_of(&code, self.clock.now()) {
                Some(step) => self.store.use_step(account.id, step).await,
                None => Err(StoreError::NotFound),
            },
            Some(Code::Recovery(code)) => {
                self.store.use_recovery_code(account.id, &secret::code_hash(&code)).await
            }
        };
        used.map_err(|error| refused(&error, Error::CodeWrong))
    }
}

fn refused(error: &StoreError, public: Error) -> Error {
    match error {
        StoreError::NotFound | StoreError::Conflict => public,
        StoreError::Unavailable(_) => unavailable(error),
    }
}
