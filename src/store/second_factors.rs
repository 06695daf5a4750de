//! Second factors of accounts: the secret that codes are made from, and recovery codes.
//!
//! The secret is the one that is stored as it is, since nothing else makes codes.

use async_trait::async_trait;

use crate::auth::totp::TotpSecret;
use crate::clock::Timestamp;
use crate::ids::AccountId;

use super::Error;

/// The second factor of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    /// What codes are made from.
    pub secret: TotpSecret,
    /// Whether it is in force: its owner has shown a code.
    pub in_force: bool,
    /// Recovery codes that are left.
    pub recovery_codes: usize,
}

/// Their side of the store. Each change is on disk when the call returns. All calls may fail with
/// [`Error::Unavailable`].
#[async_trait]
pub trait SecondFactors: Send + Sync + 'static {
    /// That of an account, if there is one.
    ///
    /// # Errors
    /// Only the general one.
    async fn second_factor(&self, account: AccountId) -> Result<Option<SecondFactor>, Error>;

    /// Stores a secret that is not in force yet, in the place of another such.
    ///
    /// # Errors
    /// [`Error::NotFound`]: no such account, or one is in force.
    async fn set_second_factor(&self, account: AccountId, secret: &TotpSecret) -> Result<(), Error>;

    /// Puts it in force. The code of this step is used up; recovery codes have these hashes.
    ///
    /// # Errors
    /// [`Error::NotFound`]: there is none that waits for it.
    async fn confirm_second_factor(
        &self,
        account: AccountId,
        step: i64,
        recovery_hashes: Vec<String>,
        at: Timestamp,
    ) -> Result<(), Error>;

    /// Uses up the code of this step and all before it.
    ///
    /// # Errors
    /// [`Error::NotFound`]: it was used up already.
    async fn use_step(&self, account: AccountId, step: i64) -> Result<(), Error>;

    /// Uses up a recovery code.
    ///
    /// # Errors
    /// [`Error::NotFound`]: there is none of this hash.
    async fn use_recovery_code(&self, account: AccountId, hash: &str) -> Result<(), Error>;

    /// Removes the second factor with its recovery codes.
    ///
    /// # Errors
    /// [`Error::NotFound`]: there is none.
    async fn delete_second_factor(&self, account: AccountId) -> Result<(), Error>;
}
