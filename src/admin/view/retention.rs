//! What is shown of retention.

use serde::{Deserialize, Serialize};

use crate::store::retention::Rule;

/// All rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// Of rooms that have none of their own.
    #[serde(flatten)]
    pub general: Rule,
    /// Of single rooms.
    pub rooms: Vec<RoomRule>,
}

/// A room's own rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomRule {
    /// The room's number.
    pub room: u64,
    /// What it is called.
    pub name: String,
    /// The rule.
    #[serde(flatten)]
    pub rule: Rule,
}
