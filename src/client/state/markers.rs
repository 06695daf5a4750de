//! How far one has read: told by the server, and to it.
//!
//! Source: IRCv3 draft/read-marker.

use crate::client::action::Mark;
use crate::client::event::Event;
use crate::clock::Timestamp;
use crate::protocol::{Cap, Line, Message};

use super::{CONVERSATIONS_MAX, State, fold};

impl State {
    /// Asks how far one has read in a direct conversation; what follows is fetched. Of more than are remembered nothing
    /// is asked.
    pub(super) fn ask_marker(&mut self, name: &str) {
        if self.has(Cap::ReadMarker) && self.link.markers_asked.len() < CONVERSATIONS_MAX {
            self.link.markers_asked.insert(fold(name));
            self.lines.push_back(Line::new("MARKREAD").param(name));
        }
    }

    /// `MARKREAD <target> timestamp=<time>|*`
    pub(super) fn marker(&mut self, message: &Message<'_>) {
        let Some(target) = message.filled(0) else {
            return;
        };
        let at = message.param(1).and_then(|value| value.strip_prefix("timestamp="));
        let at = at.and_then(Timestamp::parse);
        let asked = self.link.markers_asked.remove(&fold(target));
        let known = self.conversation(target);
        known.read = known.read.max(at);
        let (read, last) = (known.read, known.last.as_ref().map(|last| last.at));
        let conversation = known.name.clone();
        self.events.push_back(Event::Marked { conversation, at: read });
        if !asked || self.profile.history_len == 0 {
            return;
        }
        match at {
            Some(at) if last.is_none_or(|last| last > at) => {
                self.conversation(target).resume = Some(Mark { msgid: None, at });
                self.catch_up(target);
            }
            Some(_) => {}
            None => self.enter(target),
        }
    }

    /// Somebody has read so far.
    pub(super) fn has_read(&mut self, conversation: &str, at: Timestamp) {
        let known = self.conversation(conversation);
        if known.read.is_none_or(|read| read < at) {
            known.unmarked = known.unmarked.max(Some(at));
        }
    }

    /// Tells the server how far one has read, once for however many messages.
    pub(super) fn mark_read(&mut self) {
        if !self.has(Cap::ReadMarker) {
            return;
        }
        for known in self.conversations.values_mut() {
            if let Some(at) = known.unmarked.take() {
                let marker = Line::new("MARKREAD").param(&known.name).param(format!("timestamp={at}"));
                self.lines.push_back(marker);
            }
        }
    }
}
