//! Modes of users, what they keep off, and what operators do to people.

use std::sync::Arc;

use crate::journal::user_mode::{UserMode, UserModes};
use crate::limits;
use crate::room::Denied;

use super::{AccountId, Draft, Origin, Outcome, Signal, Step, User, UserId};

impl Draft<'_> {
    pub(super) fn set_user_modes(
        &mut self,
        me: &Arc<User>,
        changes: &[(UserMode, bool)],
        operator_by: Option<AccountId>,
        origin: Origin,
    ) -> Outcome {
        let mut modes = me.modes;
        for (mode, on) in changes {
            modes.set(*mode, *on);
        }
        if modes == me.modes {
            return Outcome::Unchanged;
        }
        if let Some(account) = me.id.account().filter(|_| me.stays(self.rules.always_on)) {
            self.batch.modes.push((account, modes.without(UserMode::Operator).letters()));
        }
        // Whose role makes them an operator owes it to nobody else.
        let operator_by = operator_by.filter(|_| !me.admin);
        self.show_modes(me, modes, operator_by, Some(origin));
        Outcome::Changed
    }

    /// Gives a user these modes, and tells all their sessions.
    fn show_modes(
        &mut self,
        user: &Arc<User>,
        modes: UserModes,
        operator_by: Option<AccountId>,
        origin: Option<Origin>,
    ) {
        let change = modes.change_from(user.modes);
        let signal = Signal::UserModes { author: Arc::clone(&user.author), change };
        self.steps.push(Step::Signal(signal, origin, vec![user.id], Vec::new()));
        self.change_user(user.id, |user| {
            user.modes = modes;
            if operator_by.is_some() || !modes.has(UserMode::Operator) {
                user.operator_by = operator_by;
            }
            user.set_bot(modes.has(UserMode::Bot));
        });
    }

    /// The last session is gone, and with it the right to run the server. Who stays in the rooms
    /// keeps the other modes.
    pub(super) fn end_presence(&mut self, id: UserId) {
        let stays = self.user(id).is_some_and(|user| user.stays(self.rules.always_on));
        let defaults = self.rules.default_user_modes;
        self.change_user(id, |user| {
            if !stays {
                user.modes = defaults;
                user.accepted = Vec::new();
                user.set_bot(defaults.has(UserMode::Bot));
            }
            user.modes.set(UserMode::Operator, false);
            user.operator_by = None;
        });
    }

    /// Who became an operator by this account's password is none any more.
    pub(super) fn end_operators_by(&mut self, account: AccountId) {
        let ids: Vec<UserId> = {
            let all = self.base.users.values().chain(self.changes.users.values());
            all.filter(|user| user.operator_by == Some(account)).map(|user| user.id).collect()
        };
        for id in ids {
            let Some(user) = self.user(id).filter(|user| user.operator_by == Some(account)).cloned() else {
                continue;
            };
            self.show_modes(&user, user.modes.without(UserMode::Operator), None, None);
        }
    }

    pub(super) fn kill(&mut self, user: UserId, reason: &str) -> Result<Outcome, Denied> {
        let user = self.user(user).filter(|user| user.is_online());
        let user = user.ok_or_else(|| Denied::NoSuchNick(String::from("*")))?.id;
        self.steps.push(Step::Close(user, reason.to_owned()));
        Ok(Outcome::Changed)
    }

    pub(super) fn wallops(
        &mut self,
        me: &Arc<User>,
        text: String,
        origin: Origin,
    ) -> Result<Outcome, Denied> {
        if !me.is_operator() {
            return Err(Denied::NotOperator);
        }
        let is_new = |user: &&Arc<User>| !self.base.users.contains_key(&user.id);
        let all = self.base.users.keys().filter_map(|id| self.user(*id));
        let all = all.chain(self.changes.users.values().filter(is_new));
        let hearers: Vec<UserId> =
            all.filter(|user| user.is_online() && user.has(UserMode::Wallops)).map(|user| user.id).collect();
        let signal = Signal::Wallops { author: Arc::clone(&me.author), text };
        self.steps.push(Step::Signal(signal, Some(origin), hearers, Vec::new()));
        Ok(Outcome::Changed)
    }

    pub(super) fn accept(&mut self, me: &Arc<User>, other: UserId, on: bool) -> Result<Outcome, Denied> {
        if me.accepted.contains(&other) == on {
            return Ok(Outcome::Unchanged);
        }
        if !on {
            self.change_user(me.id, |user| user.accepted.retain(|accepted| *accepted != other));
            return Ok(Outcome::Changed);
        }
        self.user(other).ok_or_else(|| Denied::NoSuchNick(String::from("*")))?;
        let mut accepted = me.accepted.clone();
        // Guests who left never come back as the same.
        accepted.retain(|id| self.user(*id).is_some());
        if accepted.len() >= limits::ACCEPTED_MAX {
            accepted.remove(0);
        }
        accepted.push(other);
        self.change_user(me.id, |user| user.accepted = accepted);
        Ok(Outcome::Changed)
    }

    /// Whether the other's modes let these words through, new ones or those of an edit.
    pub(super) fn check_modes_of(&self, me: &User, other: &User, is_ctcp: bool) -> Result<(), Denied> {
        if me.id == other.id {
            return Ok(());
        }
        let is_stranger = me.id.account().is_none() && !other.accepted.contains(&me.id);
        if is_stranger && other.has(UserMode::RegisteredOnly) && !me.is_operator() {
            return Err(Denied::RegisteredOnly);
        }
        if other.has(UserMode::NoCtcp) && is_ctcp { Err(Denied::CtcpRefused) } else { Ok(()) }
    }

    /// Who speaks to a guest wants to hear the answer.
    pub(super) fn expect_answer(&mut self, me: UserId, other: UserId) -> Result<(), Denied> {
        if me == other || other.account().is_some() {
            return Ok(());
        }
        let Some(me) = self.user(me).cloned() else { return Ok(()) };
        self.accept(&me, other, true).map(drop)
    }
}
