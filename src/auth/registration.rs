//! Becoming known: accounts, invitations, tokens, new passwords.

use std::fmt;
use std::net::IpAddr;

use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::ids::AccountId;
use crate::names::{AccountName, EmailAddress, is_reserved};
use crate::store::Error as StoreError;
use crate::store::accounts::{Account, AccountRole, Invitation, NewAccount, NewInvitation, Token};

use super::attempt::Attempt;
use super::mechanism::{Authenticator, pool_error, unavailable};
use super::{Error, secret};

/// Who asks for an account.
#[derive(Clone)]
pub struct Newcomer {
    /// The name it is to have.
    pub name: AccountName,
    /// The e-mail address.
    pub email: Option<EmailAddress>,
    /// The code of an invitation.
    pub invitation: Option<String>,
}

impl fmt::Debug for Newcomer {
    /// Without the code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Newcomer").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Authenticator {
    /// Shows what role an invitation would give, without using it.
    ///
    /// # Errors
    /// [`Error::InvitationInvalid`], [`Error::Throttled`], [`Error::Unavailable`].
    pub async fn check_invitation(&self, code: &str, address: Option<IpAddr>) -> Result<AccountRole, Error> {
        let attempt = Attempt::admitted(self, None, address).await?;
        let result = self.role_of(code).await;
        // A wrong code counts, or codes could be tried.
        if result != Err(Error::InvitationInvalid) {
            attempt.forgive(true);
        }
        result
    }

    /// Makes an account for somebody who asks for it; an invitation gives its role and is used up
    /// with it. Whether there must be one is for the caller to know.
    ///
    /// # Errors
    /// All but [`Error::Rejected`].
    pub async fn register(
        &self,
        newcomer: Newcomer,
        password: &str,
        address: Option<IpAddr>,
    ) -> Result<Account, Error> {
        let attempt = Attempt::admitted(self, None, address).await?;
        let is_invited = newcomer.invitation.is_some();
        let result = self.make(newcomer, password, address).await;
        // An account that nobody vouched for counts too, or one address could fill the server.
        let counts = match &result {
            Ok(_) => !is_invited,
            Err(error) => *error == Error::InvitationInvalid,
        };
        if !counts {
            attempt.forgive(true);
        }
        result
    }

    /// Makes an account for somebody, as an administrator; without a password they sign in by a
    /// token or a certificate.
    ///
    /// # Errors
    /// All but [`Error::Rejected`] and [`Error::Throttled`].
    pub async fn create_account(
        &self,
        name: AccountName,
        password: Option<Zeroizing<String>>,
        role: AccountRole,
    ) -> Result<Account, Error> {
        self.create(name, None, password, role, None, None).await
    }

    /// Whether this is the password of the whole server, whose hash is given.
    ///
    /// # Errors
    /// [`Error::Rejected`], [`Error::Throttled`], [`Error::Busy`], [`Error::Unavailable`].
    pub async fn server_password(
        &self,
        password: Zeroizing<String>,
        hash: String,
        address: Option<IpAddr>,
    ) -> Result<(), Error> {
        let attempt = Attempt::admitted(self, None, address).await?;
        let verdict = self.passwords.verify(address, password, Some(hash)).await.map_err(pool_error);
        if !verdict.as_ref().is_ok_and(|verdict| !verdict.ok) {
            attempt.forgive(true);
        }
        if verdict?.ok { Ok(()) } else { Err(Error::Rejected) }
    }

    async fn make(
        &self,
        newcomer: Newcomer,
        password: &str,
        address: Option<IpAddr>,
    ) -> Result<Account, Error> {
        let Newcomer { name, email, invitation } = newcomer;
        let role = match invitation.as_deref() {
            Some(code) => self.role_of(code).await?,
            None => AccountRole::Member,
        };
        let code_hash = invitation.as_deref().map(secret::code_hash);
        let password = Zeroizing::new(password.to_owned());
        self.create(name, email, Some(password), role, code_hash.as_deref(), address).await
    }

    async fn role_of(&self, code: &str) -> Result<AccountRole, Error> {
        match self.store.invitation(&secret::code_hash(code), self.clock.now()).await {
            Ok(invitation) => Ok(invitation.role),
            Err(StoreError::NotFound | StoreError::Conflict) => Err(Error::InvitationInvalid),
            Err(error @ StoreError::Unavailable(_)) => Err(unavailable(&error)),
        }
    }

    async fn create(
        &self,
        name: AccountName,
        email: Option<EmailAddress>,
        password: Option<Zeroizing<String>>,
        role: AccountRole,
        code_hash: Option<&str>,
        address: Option<IpAddr>,
    ) -> Result<Account, Error> {
        if let Some(password) = &password {
            self.rules.check(password, Some(name.as_str()))?;
        }
        if is_reserved(name.as_str()) {
            return Err(Error::NameTaken);
        }
        // The store has the last word; this spares the work for most names that are taken.
        match self.store.look_alike(name.as_str()).await {
            Ok(None) => {}
            Ok(Some(_)) => return Err(Error::NameTaken),
            Err(error) => return Err(unavailable(&error)),
        }
        let password_hash = match password {
            Some(password) => Some(self.passwords.hash(address, password).await.map_err(pool_error)?),
            None => None,
        };
        let new = NewAccount { name, email, password_hash, role, created_at: self.clock.now() };
        match self.store.create_account(new, code_hash).await {
            Ok(account) => {
                tracing::info!(account = %account.name, ?role, "account made");
                Ok(account)
            }
            Err(StoreError::Conflict) => Err(Error::NameTaken),
            Err(StoreError::NotFound) => Err(Error::InvitationInvalid),
            Err(error @ StoreError::Unavailable(_)) => Err(unavailable(&error)),
        }
    }

    /// Sets a new password.
    ///
    /// # Errors
    /// [`Error::WeakPassword`], [`Error::PasswordTooLong`], [`Error::Busy`],
    /// [`Error::Unavailable`]; [`Error::Rejected`] if there is no such account.
    pub async fn set_password(&self, account: &Account, password: Zeroizing<String>) -> Result<(), Error> {
        self.rules.check(&password, Some(account.name.as_str()))?;
        let hash = self.passwords.hash(None, password).await.map_err(pool_error)?;
        self.store.set_password_hash(account.id, Some(&hash)).await.map_err(|error| refused(&error))
    }

    /// Changes the password of an account whose owner shows the old one; a token is none.
    ///
    /// # Errors
    /// [`Error::Rejected`]: that is not the old one, or there is none. Those of
    /// [`Authenticator::set_password`], and [`Error::Throttled`].
    pub async fn change_password(
        &self,
        account: &Account,
        old: Zeroizing<String>,
        new: Zeroizing<String>,
        address: Option<IpAddr>,
    ) -> Result<(), Error> {
        // What can't be is no attempt.
        self.rules.check(&new, Some(account.name.as_str()))?;
        self.prove(account, old, address).await?;
        self.set_password(account, new).await?;
        tracing::info!(account = %account.name, "password changed");
        Ok(())
    }

    /// Whether this is the account's password, shown once more by who is in; a token is none.
    ///
    /// # Errors
    /// [`Error::Rejected`]: it is not, or there is none. [`Error::Throttled`], [`Error::Busy`] and
    /// [`Error::Unavailable`].
    pub async fn prove(
        &self,
        account: &Account,
        password: Zeroizing<String>,
        address: Option<IpAddr>,
    ) -> Result<(), Error> {
        let key = account.name.folded();
        let attempt = Attempt::admitted(self, Some(&key), address).await?;
        attempt.wait().await;
        let verdict =
            self.passwords.verify(address, password, account.password_hash.clone()).await.map_err(pool_error);
        match &verdict {
            Ok(verdict) if !verdict.ok => drop(attempt),
            Ok(_) => attempt.forgive(true),
            Err(_) => attempt.forgive(false),
        }
        if !verdict?.ok {
            tracing::info!(account = %account.name, ?address, "nothing done: this is not the password");
            return Err(Error::Rejected);
        }
        Ok(())
    }

    /// Makes an invitation and returns its code, which nobody can find out later.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn invite(
        &self,
        role: AccountRole,
        uses: u32,
        expires_at: Option<Timestamp>,
        creator: &str,
    ) -> Result<(Zeroizing<String>, Invitation), Error> {
        let code = secret::invitation_code().map_err(|error| unavailable(&error))?;
        let new = NewInvitation {
            code_hash: secret::code_hash(&code),
            role,
            uses,
            expires_at,
            created_at: self.clock.now(),
            creator: creator.into(),
        };
        let invitation = self.store.add_invitation(new).await.map_err(|error| unavailable(&error))?;
        Ok((code, invitation))
    }

    /// Makes a token of an account and returns its text, which nobody can find out later.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; [`Error::Rejected`] if there is no such account.
    pub async fn issue_token(
        &self,
        account: AccountId,
        label: &str,
    ) -> Result<(Zeroizing<String>, Token), Error> {
        let text = secret::token().map_err(|error| unavailable(&error))?;
        let added = self.store.add_token(account, &secret::hash(&text), label, self.clock.now()).await;
        added.map(|token| (text, token)).map_err(|error| refused(&error))
    }
}

fn refused(error: &StoreError) -> Error {
    match error {
        StoreError::NotFound | StoreError::Conflict => Error::Rejected,
        StoreError::Unavailable(_) => unavailable(error),
    }
}
