//! Who watches whom, and telling them who came and who went.
//!
//! A nick is online while a user with a session goes by it: an account that stays in its rooms
//! without a session is not there.

use std::sync::Arc;

use crate::names::Nick;
use crate::room::Denied;

use super::{Author, Draft, Origin, Outcome, SessionId, Signal, Step, User, UserId};

impl Draft<'_> {
    /// Watching begins here, and the answer says what is so here: nothing falls in between.
    pub(super) fn watch(
        &mut self,
        session: SessionId,
        user: UserId,
        nicks: Vec<Nick>,
    ) -> Result<Outcome, Denied> {
        if !self.user(user).is_some_and(|user| user.sessions.contains(&session)) {
            return Err(Denied::NotConnected);
        }
        self.steps.push(Step::Watch(session, user, nicks.clone()));
        let seen = nicks.into_iter().map(|nick| {
            let author = self.present_under(&nick);
            (nick, author)
        });
        Ok(Outcome::Watching(seen.collect()))
    }

    pub(super) fn unwatch(&mut self, session: SessionId, nicks: Option<Vec<Nick>>) -> Outcome {
        self.steps.push(Step::Unwatch(session, nicks));
        Outcome::Changed
    }

    /// Shows what a user who is there did to these users, to everybody in the user's rooms, and to who watches
    /// the user.
    pub(super) fn show_around(
        &mut self,
        me: &User,
        signal: Signal,
        origin: Option<Origin>,
        users: Vec<UserId>,
    ) {
        let rooms = me.rooms.iter().copied().collect();
        self.steps.push(Step::Concerning(me.author.nick.clone(), signal, origin, users, rooms));
    }

    /// To be called before a user is changed, made or removed, so that [`Draft::tell_watchers`]
    /// finds what that did.
    pub(super) fn stir(&mut self, id: UserId) {
        if !self.stirred.iter().any(|(known, _)| *known == id) {
            let before = self.present(id);
            self.stirred.push((id, before));
        }
    }

    /// Tells who watches what became of the nicks in this request: a nick that passed from one
    /// user to another, as when a guest signs in, neither came nor went.
    pub(super) fn tell_watchers(&mut self) {
        let stirred = std::mem::take(&mut self.stirred);
        let after: Vec<Arc<Author>> = stirred.iter().filter_map(|(id, _)| self.present(*id)).collect();
        let before: Vec<Arc<Author>> = stirred.into_iter().filter_map(|(_, before)| before).collect();
        let lacks = |authors: &[Arc<Author>], nick: &Nick| authors.iter().all(|one| one.nick != *nick);
        for Author { nick, .. } in before.iter().map(AsRef::as_ref).filter(|one| lacks(&after, &one.nick)) {
            let signal = Signal::Offline { nick: nick.clone() };
            self.steps.push(Step::Widely(nick.clone(), signal, None, Vec::new(), Vec::new()));
        }
        for author in after.iter().filter(|one| lacks(&before, &one.nick)) {
            let signal = Signal::Online { author: Arc::clone(author) };
            self.steps.push(Step::Widely(author.nick.clone(), signal, None, Vec::new(), Vec::new()));
        }
    }

    fn present_under(&self, nick: &Nick) -> Option<Arc<Author>> {
        self.present(*self.changes.nicks.get(&self.base.nicks, nick)?)
    }

    /// How a user is shown, if they are there.
    fn present(&self, id: UserId) -> Option<Arc<Author>> {
        self.user(id).filter(|user| user.is_online()).map(|user| Arc::clone(&user.author))
    }
}
