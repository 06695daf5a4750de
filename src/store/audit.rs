//! The audit log: what administrators and operators did, and who tried to be one.
//!
//! Holds no password, no code and no message.

use async_trait::async_trait;

use crate::clock::Timestamp;

use super::Error;

/// Something that is about to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// Who: an account, a guest's nick, or chatctl with its user.
    pub who: String,
    /// What, in one word.
    pub action: String,
    /// To whom or what.
    pub target: Option<String>,
    /// More about it.
    pub detail: Option<String>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Not known: the server or the store went down meanwhile.
    Begun,
    /// It was done.
    Done,
    /// It was not.
    Failed,
    /// Who asked for it had no right to.
    Refused,
}

/// A row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number; later ones are higher.
    pub id: u64,
    /// What was done.
    pub deed: Deed,
    /// What came of it.
    pub outcome: Outcome,
}

/// The audit log's side of the store. All calls may fail with [`Error::Unavailable`].
#[async_trait]
pub trait Audit: Send + Sync + 'static {
    /// Writes a row down and returns its number. The oldest rows go when there are more than
    /// [`crate::limits::AUDIT_ROWS_MAX`], more refused ones than
    /// [`crate::limits::AUDIT_REFUSED_ROWS_MAX`], or more about somebody's own credentials than
    /// [`crate::limits::AUDIT_OWN_ROWS_MAX`].
    ///
    /// # Errors
    /// Only the general one.
    async fn record(&self, deed: Deed, outcome: Outcome) -> Result<u64, Error>;

    /// Notes what came of it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn set_outcome(&self, id: u64, outcome: Outcome) -> Result<(), Error>;

    /// The latest rows, at most so many, the latest last.
    ///
    /// # Errors
    /// Only the general one.
    async fn records(&self, len_max: usize) -> Result<Vec<Record>, Error>;
}
