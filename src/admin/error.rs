//! Why an operation did not happen, in the words that its user reads.

use crate::auth::{self, Weakness};
use crate::store;

/// What did not happen, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[error("{what} — {remedy}")]
pub struct Error {
    /// Of which kind it is; chatctl's exit code.
    pub kind: ErrorKind,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub remedy: String,
}

/// The kinds that a script can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// Anything else.
    Failed,
    /// There is no such thing.
    NotFound,
    /// There is such a thing already.
    Exists,
}

impl Error {
    /// Something that is neither missing nor there already.
    #[must_use]
    pub fn failed(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Failed, what: what.into(), remedy: remedy.into() }
    }

    /// Something that is missing.
    #[must_use]
    pub fn not_found(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { kind: ErrorKind::NotFound, what: what.into(), remedy: remedy.into() }
    }

    /// Something that is there already.
    #[must_use]
    pub fn exists(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Exists, what: what.into(), remedy: remedy.into() }
    }

    /// The store's answer where a missing row is `not_found`.
    pub(super) fn from_store(error: store::Error, not_found: impl FnOnce() -> Self) -> Self {
        match error {
            store::Error::NotFound => not_found(),
            store::Error::Conflict | store::Error::Unavailable(_) => error.into(),
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        let remedy = match error {
            store::Error::NotFound | store::Error::Conflict => {
                "somebody else may have changed it at the same moment: look, and try again"
            }
            store::Error::Unavailable(_) => {
                "free the disk or make the data directory writable, and try again"
            }
        };
        Self::failed(error.to_string(), remedy)
    }
}

impl From<auth::Error> for Error {
    fn from(error: auth::Error) -> Self {
        let remedy = match &error {
            auth::Error::WeakPassword(Weakness::Short { .. }) => "choose a longer one, such as four words",
            auth::Error::WeakPassword(_) => "choose another, such as four words",
            auth::Error::PasswordTooLong => "choose a shorter one",
            auth::Error::NameTaken => {
                return Self::exists(error.to_string(), "choose another name");
            }
            auth::Error::Busy | auth::Error::Throttled { .. } => "try again in a moment",
            auth::Error::Rejected
            | auth::Error::CodeRequired
            | auth::Error::CodeWrong
            | auth::Error::InvitationInvalid => "look, and try again",
            auth::Error::Unavailable(cause) => {
                return store::Error::Unavailable(cause.clone()).into();
            }
        };
        Self::failed(error.to_string(), remedy)
    }
}
