//! Stand-ins.
use crate::clock::Timestamp;
/// A place in a conversation's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The message, if it is known.
    pub msgid: Option<String>,
    /// When.
    pub at: Timestamp,
}
