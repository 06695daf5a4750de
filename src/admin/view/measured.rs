//! What is shown of what a running server measures, and of what it warns.

use serde::{Deserialize, Serialize};

use super::Moment;

/// Something that an operator should look at before it hurts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Of which kind it is, in one word: the label of `chat_warnings_active`.
    pub kind: String,
    /// What is wrong, for people.
    pub text: String,
    /// Since when.
    pub since: Moment,
}

/// How a running server is at this moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metrics {
    /// When it started.
    pub started_at: Moment,
    /// All metrics, as at `/metrics`.
    pub page: String,
    /// What an operator should look at now.
    pub warnings: Vec<Warning>,
    /// The rooms in which somebody said something within the last minute.
    pub rooms: Vec<LivelyRoom>,
}

/// A room in which somebody speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LivelyRoom {
    /// Its name.
    pub name: String,
    /// Entries in its history.
    pub entries: u64,
}
