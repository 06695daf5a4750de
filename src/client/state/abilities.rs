//! What the server at the other end can do, told to whoever shows it.

use crate::client::event::{Abilities, Event};
use crate::protocol::Cap;

use super::State;
use super::reactions::{REACT, REPLY};
use super::typing::TYPING;

impl State {
    /// Tells what the server can do, if that is news.
    pub(super) fn tell_abilities(&mut self) {
        let abilities = self.abilities();
        if self.link.online && self.link.told != Some(abilities) {
            self.link.told = Some(abilities);
            self.events.push_back(Event::Abilities(abilities));
        }
    }

    fn abilities(&self) -> Abilities {
        Abilities {
            history: self.has(Cap::Chathistory) && self.has(Cap::Batch),
            search: self.has(Cap::Search) && self.has(Cap::Batch),
            edits: self.has(Cap::MessageEdit),
            redactions: self.has(Cap::MessageRedaction),
            reactions: self.carries(REACT) && self.carries(REPLY),
            replies: self.carries(REPLY),
            typing: self.carries(TYPING),
            read_markers: self.has(Cap::ReadMarker),
            multiline: self.has(Cap::Multiline) && self.has(Cap::Batch) && self.link.multiline.is_some(),
            watching: self.link.tokens.watched_max.is_some(),
            uploads: self.link.tokens.file_host.is_some(),
            account_bans: self.link.tokens.account_bans,
        }
    }

    /// Whether this client tag, with its `+`, reaches others.
    pub(super) fn carries(&self, tag: &str) -> bool {
        self.has(Cap::MessageTags) && self.link.tokens.carries(tag.trim_start_matches('+'))
    }
}
