//! Who watches which nick. Part of the tail, so that what a watcher hears follows from the order of
//! events alone.
//!
//! Knows nothing of who is there; never holds more than [`crate::limits::WATCHED_MAX`] nicks a
//! session, which the session sees to.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::ids::SessionId;
use crate::names::Nick;

use super::chunk::Chunk;
use super::inbox::{Delivery, Inbox};

/// The watchers of each nick, and the nicks of each watcher.
#[derive(Debug, Default)]
pub(super) struct Watchers {
    by_nick: HashMap<Nick, HashMap<SessionId, Arc<Inbox>>>,
    by_session: HashMap<SessionId, HashSet<Nick>>,
}

impl Watchers {
    /// The session watches these nicks too.
    pub(super) fn add(&mut self, session: SessionId, inbox: &Arc<Inbox>, nicks: Vec<Nick>) {
        let watched = self.by_session.entry(session).or_default();
        for nick in nicks {
            self.by_nick.entry(nick.clone()).or_default().insert(session, Arc::clone(inbox));
            watched.insert(nick);
        }
    }

    /// The session watches these nicks no more.
    pub(super) fn remove(&mut self, session: SessionId, nicks: &[Nick]) {
        let Some(watched) = self.by_session.get_mut(&session) else { return };
        watched.retain(|nick| !nicks.contains(nick));
        if watched.is_empty() {
            self.by_session.remove(&session);
        }
        for nick in nicks {
            self.forget(session, nick);
        }
    }

    /// The session watches nobody.
    pub(super) fn remove_all(&mut self, session: SessionId) {
        for nick in self.by_session.remove(&session).into_iter().flatten() {
            self.forget(session, &nick);
        }
    }

    /// Hands this to who watches the nick and was not told already.
    pub(super) fn tell(&self, nick: &Nick, chunk: Chunk, told: &HashSet<SessionId>) {
        let Some(watchers) = self.by_nick.get(nick) else { return };
        let chunk = Arc::new(chunk);
        for (_, inbox) in watchers.iter().filter(|(session, _)| !told.contains(session)) {
            inbox.push(Delivery::Chunk(Arc::clone(&chunk)));
        }
    }

    fn forget(&mut self, session: SessionId, nick: &Nick) {
        if let Some(watchers) = self.by_nick.get_mut(nick) {
            watchers.remove(&session);
            if watchers.is_empty() {
                self.by_nick.remove(nick);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nicks(names: &[&str]) -> Vec<Nick> {
        names.iter().map(|name| Nick::parse(name).unwrap()).collect()
    }

    fn of(watchers: &Watchers, nick: &str) -> Vec<u64> {
        let nick = Nick::parse(nick).unwrap();
        let of = watchers.by_nick.get(&nick).into_iter().flatten();
        let mut of: Vec<u64> = of.map(|(session, _)| session.0).collect();
        of.sort_unstable();
        of
    }

    #[test]
    fn watchers_come_and_go_and_leave_nothing_behind() {
        let mut watchers = Watchers::default();
        let (one, two) = (SessionId(1), SessionId(2));
        let inbox = Arc::default();
        watchers.add(one, &inbox, nicks(&["bob", "Carol"]));
        watchers.add(two, &inbox, nicks(&["BOB"]));
        watchers.add(two, &inbox, nicks(&["bob"]));
        assert_eq!((of(&watchers, "Bob"), of(&watchers, "carol")), (vec![1, 2], vec![1]));
        watchers.remove(two, &nicks(&["boB", "nobody"]));
        assert_eq!(of(&watchers, "bob"), [1]);
        watchers.remove_all(one);
        watchers.remove_all(one);
        assert!(watchers.by_nick.is_empty() && watchers.by_session.is_empty());
    }
}
