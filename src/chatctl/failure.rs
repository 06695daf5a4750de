//! How chatctl fails: an exit code for scripts and words for people, which say how to mend it.

use std::io;

use crate::admin::{CallError, Error, ErrorKind};

/// Why chatctl did not do it.
#[derive(Debug)]
pub enum Failure {
    /// What was asked for did not happen.
    Error(Error),
    /// It was asked for in a way that can't be.
    Usage(String),
    /// Nobody reads the output any longer: no failure of ours.
    NobodyReads,
}

impl Failure {
    /// Something that did not work, and how to mend it.
    pub(super) fn failed(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Error(Error::failed(what, remedy))
    }

    /// From a text of the form `what; remedy`.
    pub(super) fn from_text(text: &str) -> Self {
        let (what, remedy) = text.split_once("; ").unwrap_or((text, "mend that and try again"));
        Self::failed(what, remedy)
    }

    /// The exit code, as `chatctl help` tells it.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::NobodyReads => 0,
            Self::Usage(_) => 2,
            Self::Error(error) => match error.kind {
                ErrorKind::Failed => 1,
                ErrorKind::NotFound => 3,
                ErrorKind::Exists => 4,
            },
        }
    }

    /// What is said on standard error.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::NobodyReads => None,
            Self::Usage(text) => Some(text.clone()),
            Self::Error(error) => Some(super::table::harmless(&error.to_string())),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::NobodyReads;
        }
        Self::failed(
            format!("input or output failed: {error}"),
            "is the disk full, or the file closed? try again",
        )
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        io::Error::from(error).into()
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Nobody => Self::failed("the server has stopped meanwhile", "run this again"),
            CallError::Forbidden => {
                Self::failed(error.to_string(), "run chatctl as that user or as root (sudo)")
            }
            CallError::Silent => {
                Self::failed("the server is there but does not answer", "look into its log, or restart it")
            }
            CallError::Broken(cause) => Self::failed(
                format!("the server broke off ({cause})"),
                "look into its log; chatctl and the server must be of one version",
            ),
        }
    }
}
