//! Accounts and what belongs to them: credentials, invitations, read markers.

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::ids::AccountId;
use crate::names::{AccountName, EmailAddress, Nick};

use super::{Error, SecondFactors};

/// What an account may do on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountRole {
    /// Talk.
    Member,
    /// Run the server.
    Admin,
}

impl AccountRole {
    /// As it is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }
}

/// An account as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its identity.
    pub id: AccountId,
    /// Its name, as it was spelled when it was made.
    pub name: AccountName,
    /// The nick it last went by; at first its name.
    pub nick: Nick,
    /// The e-mail address its owner gave.
    pub email: Option<EmailAddress>,
    /// The password's hash as a PHC string; `None`: it has none and signs in otherwise.
    pub password_hash: Option<String>,
    /// What it may do.
    pub role: AccountRole,
    /// Whether it may not sign in for now.
    pub suspended: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its last session ended or, if that is not known, began.
    pub seen_at: Option<Timestamp>,
    /// Whether it stays in its rooms without a session; `None`: as the server's settings say.
    pub always_on: Option<bool>,
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its name.
    pub name: AccountName,
    /// The e-mail address its owner gave.
    pub email: Option<EmailAddress>,
    /// The password's hash as a PHC string.
    pub password_hash: Option<String>,
    /// What it may do.
    pub role: AccountRole,
    /// Now.
    pub created_at: Timestamp,
}

/// A token: a second password of an account, for one device or program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its number, to name it by.
    pub id: u64,
    /// Whose it is.
    pub account: AccountId,
    /// What it is for, in the words of who made it.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

/// A client certificate that signs an account in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whose it is.
    pub account: AccountId,
    /// SHA-256 of its DER form, 64 lower-case hex digits.
    pub fingerprint: String,
    /// What it is for.
    pub label: String,
    /// When it was added.
    pub created_at: Timestamp,
}

/// An invitation to make an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Its number, to name it by.
    pub id: u64,
    /// The role it gives.
    pub role: AccountRole,
    /// How many accounts may still be made with it.
    pub uses_left: u32,
    /// When it ends; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it: an account's name, or `server`.
    pub creator: String,
}

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// SHA-256 of the code, 64 lower-case hex digits; the code itself is not stored.
    pub code_hash: String,
    /// The role it gives.
    pub role: AccountRole,
    /// How many accounts may be made with it.
    pub uses: u32,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Now.
    pub created_at: Timestamp,
    /// Who makes it.
    pub creator: String,
}

/// The accounts' side of the store. Each change is on disk when the call returns, and is carried
/// to its end when the caller goes away. All calls may fail with [`Error::Unavailable`].
#[async_trait]
pub trait Accounts: SecondFactors {
    /// Makes an account. If `invitation` (a code's hash) is given, one use of it is taken in the
    /// same transaction.
    ///
    /// # Errors
    /// [`Error::Conflict`]: the name, or one that looks like it, is taken. [`Error::NotFound`]:
    /// the invitation is unknown, used up or expired.
    async fn create_account(&self, new: NewAccount, invitation: Option<&str>) -> Result<Account, Error>;

    /// The account of this name.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn account(&self, name: &AccountName) -> Result<Account, Error>;

    /// All accounts in order of their names.
    ///
    /// # Errors
    /// Only the general one.
    async fn accounts(&self) -> Result<Vec<Account>, Error>;

    /// The account that has this nick for a name, or a name that looks like it.
    ///
    /// # Errors
    /// Only the general one.
    async fn look_alike(&self, nick: &str) -> Result<Option<AccountName>, Error>;

    /// Sets or removes the password.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn set_password_hash(&self, account: AccountId, hash: Option<&str>) -> Result<(), Error>;

    /// Puts the same password's newer hash in the place of `old`; whether that was still there.
    ///
    /// # Errors
    /// Only the general one.
    async fn replace_password_hash(&self, account: AccountId, old: &str, new: &str) -> Result<bool, Error>;

    /// Suspends or resumes.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn set_suspended(&self, account: AccountId, suspended: bool) -> Result<(), Error>;

    /// Notes that its last session ended or its first began.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn set_seen(&self, account: AccountId, at: Timestamp) -> Result<(), Error>;

    /// Removes the account with its credentials, memberships, read markers and the uploads that no message
    /// carries; its entries stay.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn delete_account(&self, account: AccountId) -> Result<(), Error>;

    /// Stores a token by the SHA-256 of its text.
    ///
    /// # Errors
    /// [`Error::NotFound`]: no such account.
    async fn add_token(
        &self,
        account: AccountId,
        hash: &str,
        label: &str,
        at: Timestamp,
    ) -> Result<Token, Error>;

    /// The tokens of an account, oldest first.
    ///
    /// # Errors
    /// Only the general one.
    async fn tokens(&self, account: AccountId) -> Result<Vec<Token>, Error>;

    /// The account that the token of this hash signs in, and the token's number; notes the use, at most once
    /// in [`crate::limits::TOKEN_USE_NOTED_MS`].
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn use_token(&self, hash: &str, at: Timestamp) -> Result<(Account, u64), Error>;

    /// Revokes a token.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn delete_token(&self, account: AccountId, id: u64) -> Result<(), Error>;

    /// Lets a client certificate sign the account in.
    ///
    /// # Errors
    /// [`Error::Conflict`]: it belongs to an account already.
    async fn add_certificate(&self, certificate: Certificate) -> Result<(), Error>;

    /// The certificates of an account, oldest first.
    ///
    /// # Errors
    /// Only the general one.
    async fn certificates(&self, account: AccountId) -> Result<Vec<Certificate>, Error>;

    /// The account that this client certificate signs in.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn account_by_certificate(&self, fingerprint: &str) -> Result<Account, Error>;

    /// Forgets a client certificate.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn delete_certificate(&self, account: AccountId, fingerprint: &str) -> Result<(), Error>;

    /// Makes an invitation.
    ///
    /// # Errors
    /// [`Error::Conflict`]: the code exists.
    async fn add_invitation(&self, new: NewInvitation) -> Result<Invitation, Error>;

    /// The invitation of this code's hash, if it can be used at that time.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn invitation(&self, code_hash: &str, at: Timestamp) -> Result<Invitation, Error>;

    /// All invitations, used up and expired ones included, oldest first.
    ///
    /// # Errors
    /// Only the general one.
    async fn invitations(&self) -> Result<Vec<Invitation>, Error>;

    /// Withdraws an invitation.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn delete_invitation(&self, id: u64) -> Result<(), Error>;

    /// How far the account has read under this target (folded); `None`: not known.
    ///
    /// # Errors
    /// Only the general one.
    async fn read_marker(&self, account: AccountId, target: &str) -> Result<Option<Timestamp>, Error>;

    /// All read markers of an account, by their targets.
    ///
    /// # Errors
    /// Only the general one.
    async fn read_markers(&self, account: AccountId) -> Result<Vec<(String, Timestamp)>, Error>;

    /// Moves the marker forward and returns where it stands; it never moves back.
    ///
    /// # Errors
    /// Only the general one.
    async fn advance_read_marker(
        &self,
        account: AccountId,
        target: &str,
        at: Timestamp,
    ) -> Result<Timestamp, Error>;
}
