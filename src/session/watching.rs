//! Watching: telling the client who of those it asked about is there.
//!
//! The list is the session's own and ends with it; the writer's tail decides what it hears.
//! Source: IRCv3 monitor, extended-monitor.

use std::sync::Arc;

use crate::journal::{Outcome, Presence, User};
use crate::names::Nick;
use crate::protocol::numeric as n;
use crate::protocol::{Cap, Line, Numeric};
use crate::room::Author;

use super::Session;
use super::reply::Cause;

/// Bytes of one list of nicks or of `nick!user@host`.
const LIST_BYTES_MAX: usize = 350;

impl Session {
    /// Watches these nicks, those known already included, and says who of them is there. What
    /// changes after that follows.
    pub async fn watch(&mut self, nicks: Vec<Nick>) {
        for nick in &nicks {
            if !self.watched.contains(nick) {
                self.watched.push(nick.clone());
            }
        }
        // Nothing is shown before the answer: what the tail brings about these nicks is newer.
        match self.ask_presence(Presence::Watch(nicks)).await {
            Ok(Outcome::Watching(seen)) => self.show_watched(&seen, Cause::Command),
            Ok(Outcome::Unchanged | Outcome::Changed | Outcome::Entered { .. } | Outcome::Attached(_)) => {}
            Err(denied) => self.refuse("MONITOR", "*", &denied),
        }
    }

    /// Watches these nicks no more; `None`: nobody.
    pub async fn unwatch(&mut self, nicks: Option<Vec<Nick>>) {
        match &nicks {
            Some(nicks) => self.watched.retain(|nick| !nicks.contains(nick)),
            None => self.watched.clear(),
        }
        if let Err(denied) = self.ask_presence(Presence::Unwatch(nicks)).await {
            self.refuse("MONITOR", "*", &denied);
        }
    }

    async fn ask_presence(&self, presence: Presence) -> Result<Outcome, crate::room::Denied> {
        let journal = self.service.journal.clone();
        journal.submit(self.id, self.command, self.user(), presence).await
    }

    /// The nicks that it watches, as it spelled them first.
    #[must_use]
    pub fn watched(&self) -> &[Nick] {
        &self.watched
    }

    /// Sends texts in lists with commas, as many lines as it takes.
    pub fn list(&mut self, numeric: Numeric, texts: impl IntoIterator<Item = String>) {
        self.list_for(numeric, texts, Cause::Command);
    }

    fn list_for(&mut self, numeric: Numeric, texts: impl IntoIterator<Item = String>, cause: Cause) {
        for list in lists(texts) {
            let line = Line::new(numeric.digits()).source(&self.service.name);
            let mut bytes = Vec::new();
            line.param(self.shown_nick()).param(list).write_to(&mut bytes);
            self.push(&bytes, cause);
        }
    }

    fn show_watched(&mut self, seen: &[(Nick, Option<Arc<Author>>)], cause: Cause) {
        let online = || seen.iter().filter_map(|(_, author)| author.as_ref());
        let offline = seen.iter().filter(|(_, author)| author.is_none());
        self.list_for(n::RPL_MONONLINE, online().map(ToString::to_string), cause);
        self.list_for(n::RPL_MONOFFLINE, offline.map(|(nick, _)| nick.to_string()), cause);
        for author in online() {
            self.tell_more_of(author, cause);
        }
    }

    /// Somebody came or went. `line` has no source.
    pub(super) fn show_presence(&mut self, nick: &Nick, here: Option<&Author>, line: &[u8]) {
        // A signal may have been under way when the client lost interest.
        if !self.watched.contains(nick) {
            return;
        }
        self.push_from_server(line);
        if let Some(author) = here {
            self.tell_more_of(author, Cause::Other);
        }
    }

    /// Sends a rendered line that bears no source yet.
    pub(super) fn push_from_server(&mut self, line: &[u8]) {
        let line = [b":", self.service.name.as_bytes(), b" ", line].concat();
        self.push(&line, Cause::Other);
    }

    /// What a client would know of somebody in a common room, of one who is watched.
    fn tell_more_of(&mut self, author: &Author, cause: Cause) {
        let user = self.service.journal.directory().user_by_nick(author.nick.as_str());
        let Some(user) = user.filter(|user| user.is_online() && !self.shares_room_with(user)) else { return };
        let knows = self.has(Cap::ExtendedMonitor) && self.has(Cap::AwayNotify);
        if let Some(text) = user.away_text().filter(|_| knows) {
            let mut bytes = Vec::new();
            Line::new("AWAY").source(author.to_string()).param(text).write_to(&mut bytes);
            self.push(&bytes, cause);
        }
        self.show_subscribed_of(&user, cause);
    }

    /// Whether it is oneself, or in one of one's rooms.
    pub(super) fn shares_room_with(&self, user: &User) -> bool {
        let own = self.service.journal.directory().user(self.user());
        own.is_some_and(|own| own.id == user.id || !own.rooms.is_disjoint(&user.rooms))
    }

    /// Signals were dropped: says anew who is there.
    pub(super) fn show_watched_again(&mut self) {
        let seen: Vec<(Nick, Option<Arc<Author>>)> = {
            let world = self.service.journal.directory().read();
            let user = |nick: &Nick| world.nicks.get(nick).and_then(|id| world.users.get(id));
            let present = |nick| user(nick).filter(|user| user.is_online());
            let seen = self.watched.iter().map(|nick| {
                let author = present(nick).map(|user| Arc::clone(&user.author));
                (nick.clone(), author)
            });
            seen.collect()
        };
        self.show_watched(&seen, Cause::Other);
    }
}

/// Joins texts with commas, in lists of at most [`LIST_BYTES_MAX`] as long as no text is longer.
fn lists(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut lists: Vec<String> = Vec::new();
    for text in texts {
        match lists.last_mut().filter(|list| list.len() + 1 + text.len() <= LIST_BYTES_MAX) {
            Some(list) => list.extend([",", &text]),
            None => lists.push(text),
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_full_lines_and_lose_nothing() {
        assert!(lists([]).is_empty());
        assert_eq!(lists(["a".into(), "b".into()]), ["a,b"]);
        let texts: Vec<String> = (0..100).map(|n| format!("nick-{n}")).collect();
        let made = lists(texts.clone());
        assert!(made.iter().all(|list| list.len() <= LIST_BYTES_MAX) && made.len() == 3, "{made:?}");
        assert_eq!(made.join(",").split(',').collect::<Vec<_>>(), texts);
    }
}
