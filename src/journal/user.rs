//! Users: who is on the server, or has an account and may come back.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::ids::{AccountId, RoomId, SessionId, UserId};
use crate::room::Author;

use super::intent::Absence;
use super::user_mode::UserModes;

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
    /// Whether the account is an administrator's: an operator as soon as it is there.
    pub admin: bool,
    /// Their modes; [`Author::bot`] says the same as the one for bots.
    pub modes: UserModes,
    /// The account whose password made an operator of somebody else.
    pub operator_by: Option<AccountId>,
    /// Guests who may speak to them whatever their modes say, oldest first.
    pub accepted: Vec<UserId>,
    /// Their sessions; a guest always has one, an account may have none.
    pub sessions: Vec<SessionId>,
    /// Those of them that nobody looks at.
    pub idle: Vec<SessionId>,
    /// When the first of these sessions began, or a guest took the present nick.
    pub since: Timestamp,
    /// When the account was made, or the guest came: what bears their name and is older is not theirs.
    pub created_at: Timestamp,
    /// The rooms they are in.
    pub rooms: BTreeSet<RoomId>,
    /// The direct conversations they had, a guest under the present nick.
    pub conversations: BTreeSet<RoomId>,
    /// Whether all their sessions are encrypted.
    pub is_secure: bool,
    /// Whether the account stays in its rooms without a session; `None`: as the server does it.
    pub always_on: Option<bool>,
}

impl User {
    /// Whether any session is there.
    #[must_use]
    pub fn is_online(&self) -> bool {
        !self.sessions.is_empty()
    }

    /// Whether they stay in their rooms without a session, on a server that does it like this.
    #[must_use]
    pub fn stays(&self, default: bool) -> bool {
        self.id.account().is_some() && self.always_on.unwrap_or(default)
    }

    /// Whether nobody looks at this session.
    #[must_use]
    pub fn is_idle(&self, session: SessionId) -> bool {
        self.idle.contains(&session)
    }

    /// Notes what one of their sessions says of who looks at it; a text counts for all.
    pub(super) fn note_absence(&mut self, session: SessionId, absence: &Absence) {
        self.idle.retain(|other| *other != session);
        match absence {
            Absence::Present => {}
            Absence::Idle => self.idle.push(session),
            Absence::Away(text) => self.away = Some(text.clone()),
        }
    }

    /// The text to show for a user who is not at hand. Sessions that nobody looks at count for none.
    #[must_use]
    pub fn away_text(&self) -> Option<&str> {
        match &self.away {
            Some(text) => Some(text),
            None if self.sessions.iter().any(|session| !self.is_idle(*session)) => None,
            None => Some(OFFLINE),
        }
    }
}

/// The away text of an account without a session.
pub const OFFLINE: &str = "offline";
