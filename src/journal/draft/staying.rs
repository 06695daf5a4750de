//! Whether an account stays in its rooms without a session, and how many rooms there may be.

use crate::journal::user_mode::UserMode;
use crate::room::{Event, Role};

use super::{AccountId, Denied, Draft, ModeChange, Outcome, Room, User, UserId};

/// What the rooms are told of an account that is gone already and does not stay any longer.
const REASON: &str = "Does not stay without a connection";

impl Draft<'_> {
    /// Has the account stay or go when its last session ends; one that has none goes at once.
    pub(super) fn stay(&mut self, account: AccountId, always_on: Option<bool>) -> Result<Outcome, Denied> {
        if self.storeless {
            return Err(Denied::Unavailable);
        }
        let id = UserId::Account(account);
        let before = self.user(id).cloned().ok_or(Denied::NotConnected)?;
        if before.always_on == always_on {
            return Ok(Outcome::Unchanged);
        }
        self.change_user(id, |user| user.always_on = always_on);
        self.batch.always_on.push((account, always_on));
        let Some(user) = self.user(id).cloned() else { return Err(Denied::NotConnected) };
        if user.stays(self.rules.always_on) {
            // They are stored of those only who stay.
            self.batch.modes.push((account, user.modes.without(UserMode::Operator).letters()));
        } else if !user.is_online() {
            self.end_presence(id);
            self.go(&user, REASON);
        }
        Ok(Outcome::Changed)
    }

    /// Whether this user may be in another room, and whether it may be a new one.
    pub(super) fn check_rooms(&self, me: &User, is_new: bool) -> Result<(), Denied> {
        let of_user = self.rules.rooms_per_user_max;
        if me.rooms.len() >= of_user || (is_new && self.founded(me.id) >= of_user) {
            return Err(Denied::TooManyRooms);
        }
        if is_new && self.changes.names.len(&self.base.names) >= self.rules.rooms_max {
            return Err(Denied::NoMoreRooms);
        }
        Ok(())
    }

    /// Whether whom the event makes the founder of this room may have another one.
    pub(super) fn check_founder(&self, room: &Room, event: &Event) -> Result<(), Denied> {
        let Event::ModesChanged { changes } = event else { return Ok(()) };
        let crowned = changes.iter().find_map(|change| match change {
            ModeChange::Role { role: Role::Founder, on: true, user, .. } => Some(*user),
            ModeChange::Role { .. }
            | ModeChange::Flag { .. }
            | ModeChange::Key(_)
            | ModeChange::Limit(_)
            | ModeChange::List { .. } => None,
        });
        match crowned.filter(|user| user.account() != room.settings.founder) {
            Some(user) if self.founded(user) >= self.rules.rooms_per_user_max => Err(Denied::TooManyRooms),
            Some(_) | None => Ok(()),
        }
    }
}
