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
    /// Those of them where nobody is at hand, with the away text if one was left there; the latest last.
    pub absences: Vec<(SessionId, Option<String>)>,
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

    /// Notes whether somebody is at hand at one of their sessions.
    pub(super) fn note_absence(&mut self, session: SessionId, absence: Absence) {
        self.absences.retain(|(other, _)| *other != session);
        match absence {
            Absence::Present => {}
            Absence::Idle => self.absences.push((session, None)),
            Absence::Away(text) => self.absences.push((session, Some(text))),
        }
    }

    /// A session is there no longer, and what was said there of being away does not count any more.
    pub(super) fn lose(&mut self, session: SessionId) {
        self.sessions.retain(|other| *other != session);
        self.absences.retain(|(other, _)| *other != session);
    }

    /// What was said at this session of being at hand.
    pub(super) fn absence(&self, session: SessionId) -> Absence {
        match self.absences.iter().find(|(other, _)| *other == session) {
            None => Absence::Present,
            Some((_, None)) => Absence::Idle,
            Some((_, Some(text))) => Absence::Away(text.clone()),
        }
    }

    /// The text to show for a user who is at hand at none of their sessions.
    #[must_use]
    pub fn away_text(&self) -> Option<&str> {
        let at_hand = |session| self.absences.iter().all(|(other, _)| other != session);
        if self.sessions.iter().any(at_hand) {
            return None;
        }
        Some(self.absences.iter().rev().find_map(|(_, text)| text.as_deref()).unwrap_or(OFFLINE))
    }
}

/// The away text of an account without a session, or with none that anybody looks at.
pub const OFFLINE: &str = "offline";
