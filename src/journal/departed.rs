//! Presence in numbers, and who left lately: what LUSERS and WHOWAS tell.
//!
//! Follows from what a commit changes in the users, whatever the cause was.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::limits;
use crate::room::Author;

use super::user::User;

/// Somebody who left, or goes by another nick since.
#[derive(Clone, Debug)]
pub struct Departed {
    /// How they were shown.
    pub author: Arc<Author>,
    /// Their real name.
    pub real_name: String,
    /// When they were last there under this nick.
    pub at: Timestamp,
}

/// How many users are there, how many there were at most, and who left.
#[derive(Debug, Default)]
pub struct Presences {
    /// Users that have a session.
    pub online: usize,
    /// The most there were at one time since the start.
    pub online_max: usize,
    /// Who left, latest last; at most [`limits::DEPARTED_MAX`].
    pub departed: VecDeque<Departed>,
}

impl Presences {
    /// Takes note of what becomes of a user.
    pub(super) fn note(&mut self, before: Option<&User>, after: Option<&User>, at: Timestamp) {
        let before = before.filter(|user| user.is_online());
        let after = after.filter(|user| user.is_online());
        self.online = self.online + usize::from(after.is_some()) - usize::from(before.is_some());
        self.online_max = self.online_max.max(self.online);
        let Some(before) = before else { return };
        if after.is_some_and(|after| after.author.nick == before.author.nick) {
            return;
        }
        if self.departed.len() == limits::DEPARTED_MAX {
            self.departed.pop_front();
        }
        let (author, real_name) = (Arc::clone(&before.author), before.real_name.clone());
        self.departed.push_back(Departed { author, real_name, at });
    }
}
