//! Users: who is on the server, or has an account and may come back.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::ids::{RoomId, SessionId, UserId};
use crate::room::Author;

/// A person: an account, present or not, or a guest.
#[derive(Clone, Debug)]
pub struct User {
    /// The identity.
    pub id: UserId,
    /// How they are shown.
    pub author: Arc<Author>,
    /// The real name.
    pub real_name: String,
    /// The away text, if they went away.
    pub away: Option<String>,
    /// Whether they run the server.
    pub admin: bool,
    /// User mode i: not found by those who share no room.
    pub invisible: bool,
    /// Their sessions; a guest always has one, an account may have none.
    pub sessions: Vec<SessionId>,
    /// When the first of these sessions began, or a guest took the present nick.
    pub since: Timestamp,
    /// The rooms they are in.
    pub rooms: BTreeSet<RoomId>,
    /// The direct conversations they had, a guest under the present nick.
    pub conversations: BTreeSet<RoomId>,
    /// Whether all their sessions are encrypted.
    pub is_secure: bool,
}

impl User {
    /// Whether any session is there.
    #[must_use]
    pub fn is_online(&self) -> bool {
        !self.sessions.is_empty()
    }

    /// The text to show for a user who is not at hand.
    #[must_use]
    pub fn away_text(&self) -> Option<&str> {
        match &self.away {
            Some(text) => Some(text),
            None if self.is_online() => None,
            None => Some(OFFLINE),
        }
    }
}

/// The away text of an account without a session.
pub const OFFLINE: &str = "offline";
