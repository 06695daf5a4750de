//! Who asks: a session, or a program in the name of an account.

use crate::room;

use super::{Denied, Draft, Intent, Origin, Outcome, UserId};

impl Draft<'_> {
    /// What a user wants at one of their sessions, which must be there.
    pub(super) fn intent(&mut self, origin: Origin, user: UserId, intent: Intent) -> Result<Outcome, Denied> {
        let me = self.user(user).filter(|user| user.sessions.contains(&origin.session)).cloned();
        self.grant(&me.ok_or(Denied::NotConnected)?, intent, origin)
    }

    /// What an account wants by way of a program. The rules are the same; only to enter a room one
    /// must be there, or stay in it without being there.
    pub(super) fn for_account(
        &mut self,
        origin: Origin,
        user: UserId,
        intent: Intent,
    ) -> Result<Outcome, Denied> {
        let me = self.user(user).cloned().ok_or(Denied::NotConnected)?;
        let joins = matches!(&intent, Intent::InRoom { intent: room::Intent::Join { .. }, .. });
        if joins && !me.is_online() && !me.stays(self.rules.always_on) {
            return Err(Denied::NotConnected);
        }
        self.grant(&me, intent, origin)
    }
}
