//! Webhooks: secret addresses at which programs say something in a room.

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::ids::{AccountId, RoomId};

use super::Error;

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its number, to name it by.
    pub id: u64,
    /// Where it speaks.
    pub room: RoomId,
    /// In whose name.
    pub account: AccountId,
    /// What it is for, in the words of who made it.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

/// A webhook to be made.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// SHA-256 of its secret, 64 lower-case hex digits; the secret itself is not stored.
    pub hash: String,
    /// Where it speaks.
    pub room: RoomId,
    /// In whose name.
    pub account: AccountId,
    /// What it is for.
    pub label: String,
    /// Now.
    pub created_at: Timestamp,
}

/// The webhooks' side of the store. Each change is on disk when the call returns. A webhook goes with
/// its account. All calls may fail with [`Error::Unavailable`].
#[async_trait]
pub trait Webhooks: Send + Sync + 'static {
    /// Makes a webhook.
    ///
    /// # Errors
    /// [`Error::NotFound`]: no such room or account. [`Error::Conflict`]: the secret exists.
    async fn add_webhook(&self, new: NewWebhook) -> Result<Webhook, Error>;

    /// The webhook of this secret's hash.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn webhook(&self, hash: &str) -> Result<Webhook, Error>;

    /// Notes that it was used.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn use_webhook(&self, id: u64, at: Timestamp) -> Result<(), Error>;

    /// All webhooks, oldest first.
    ///
    /// # Errors
    /// Only the general one.
    async fn webhooks(&self) -> Result<Vec<Webhook>, Error>;

    /// Removes a webhook: its secret is nothing from then on.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn delete_webhook(&self, id: u64) -> Result<(), Error>;
}
