//! Finding messages by their words. Source: soju, doc/ext/search.md; docs/search.md.
//!
//! What is found is shown and nothing more: it is neither new nor read because of that.

use crate::client::action::Search;
use crate::client::event::{Event, Origin};
use crate::protocol::{Cap, Line, tags};

use super::State;
use super::conversation::Heard;

/// Messages that one search gives at most.
const FOUND_LEN: usize = 50;

impl State {
    pub(super) fn search(&mut self, search: &Search) {
        if !(self.has(Cap::Search) && self.has(Cap::Batch)) {
            return self.cannot("this server can't search");
        }
        let time = |at: Option<_>| at.map(|at: crate::clock::Timestamp| at.to_string());
        let attributes = [
            ("text", search.words.clone()),
            ("from", search.from.clone()),
            ("in", search.conversation.clone()),
            ("after", time(search.after)),
            ("before", time(search.before)),
            ("limit", Some(FOUND_LEN.to_string())),
        ];
        let written = attributes
            .iter()
            .filter_map(|(key, value)| value.as_ref().map(|value| format!("{key}={}", tags::escape(value))));
        let written: Vec<_> = written.collect();
        self.lines.push_back(Line::new("SEARCH").param(written.join(";")));
    }

    pub(super) fn found(&mut self, mut messages: Vec<Heard>) {
        let count = messages.len();
        messages.sort_by_key(|heard| heard.said.at);
        for mut heard in messages {
            heard.said.origin = Origin::Found;
            self.events.push_back(heard.into_event());
        }
        self.events.push_back(Event::SearchEnd { count, more: count >= FOUND_LEN });
    }
}
