//! Who is there without a common room: MONITOR.
//!
//! Source: IRCv3 monitor, extended-monitor.

use std::collections::BTreeSet;

use crate::client::event::{Event, Presence};
use crate::protocol::{Line, Message};

use super::{Arrival, State, fold, is_room};

/// People watched at one time, whatever the server allows.
const WATCHED_MAX: usize = 500;
/// Bytes of names in one line.
const NAMES_BYTES_MAX: usize = 400;

impl State {
    /// From now on it is told whether they are there.
    pub(super) fn watch(&mut self, nick: &str) {
        if is_room(nick) || self.is_me(nick) || self.watched.contains_key(&fold(nick)) {
            return;
        }
        if self.watched.len() < self.watched_max() && self.is_one_name(nick) {
            self.watched.insert(fold(nick), nick.to_owned());
            self.monitor("+", &[nick]);
        }
    }

    pub(super) fn unwatch(&mut self, nick: &str) {
        if let Some(nick) = self.watched.remove(&fold(nick)) {
            self.monitor("-", &[&nick]);
        }
    }

    /// A new connection knows nothing of whom one watches.
    pub(super) fn watch_all(&mut self) {
        let watched: Vec<_> = self.watched.values().cloned().collect();
        self.monitor("+", &watched);
    }

    /// Asks once which of these are not connected at all; WHO does not tell that from away.
    pub(super) fn look_for(&mut self, nicks: &BTreeSet<String>) {
        let free = self.watched_max().saturating_sub(self.watched.len());
        let unwatched = nicks.iter().filter(|nick| !self.watched.contains_key(&fold(nick)));
        let nicks: Vec<_> = unwatched.take(free).cloned().collect();
        self.monitor("+", &nicks);
        self.monitor("-", &nicks);
    }

    fn watched_max(&self) -> usize {
        self.link.tokens.watched_max.unwrap_or(WATCHED_MAX).min(WATCHED_MAX)
    }

    fn monitor(&mut self, sign: &'static str, nicks: &[impl AsRef<str>]) {
        if self.link.tokens.watched_max.is_none() {
            return;
        }
        let mut list = String::new();
        for nick in nicks.iter().map(AsRef::as_ref) {
            if !list.is_empty() && list.len() + nick.len() > NAMES_BYTES_MAX {
                let full = std::mem::take(&mut list);
                self.lines.push_back(Line::new("MONITOR").param(sign).param(full));
            }
            if !list.is_empty() {
                list.push(',');
            }
            list.push_str(nick);
        }
        if !list.is_empty() {
            self.lines.push_back(Line::new("MONITOR").param(sign).param(list));
        }
    }

    /// `730 <me> :nick!user@host,…`, `731 <me> :nick,…`
    pub(super) fn watched_changed(&mut self, message: &Message<'_>, arrival: &Arrival) {
        for name in message.params().last().copied().unwrap_or_default().split(',') {
            let nick = name.split('!').next().unwrap_or(name);
            let before = self.presences.get(&fold(nick));
            match (message.command, before) {
                ("731", _) => self.changed(nick.to_owned(), Presence::Offline, arrival),
                // Being connected does not mean to be back.
                (_, Some(Presence::Away(_))) => {}
                _ => self.changed(nick.to_owned(), Presence::Online, arrival),
            }
        }
    }

    /// `734 <me> <limit> <nick>,… :…`: the server watches no more people.
    pub(super) fn too_many_watched(&mut self, message: &Message<'_>) {
        for nick in message.param(2).unwrap_or_default().split(',') {
            self.watched.remove(&fold(nick));
        }
    }

    pub(super) fn changed(&mut self, nick: String, presence: Presence, arrival: &Arrival) {
        if self.presences.len() >= super::COLLECTED_MAX && !self.presences.contains_key(&fold(&nick)) {
            return;
        }
        let before = self.presences.insert(fold(&nick), presence.clone());
        if before.as_ref() != Some(&presence) {
            self.events.push_back(Event::Changed { nick, presence, at: arrival.at });
        }
    }
}
