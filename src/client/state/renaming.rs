//! A room gets another name: all that is known of it, and all that is meant for it, goes along.
//!
//! Source: IRCv3 draft/channel-rename.

use crate::client::event::Event;
use crate::protocol::Message;

use super::batches::Batch;
use super::{Arrival, State, fold, is_room};

/// Old names that are remembered.
const RENAMED_MAX: usize = 100;

impl State {
    /// `RENAME <old> <new> [:reason]`
    pub(super) fn room_renamed(&mut self, message: &Message<'_>, arrival: &Arrival) {
        let name = |index| message.filled(index).filter(|name| is_room(name)).map(str::to_owned);
        let (Some(from), Some(to)) = (name(0), name(1)) else {
            return;
        };
        self.move_conversation(&from, &to);
        let by = message.nick().unwrap_or_default().to_owned();
        let reason = message.param(2).unwrap_or_default().to_owned();
        self.events.push_back(Event::RoomRenamed { from, to, by, reason, at: arrival.at });
    }

    fn move_conversation(&mut self, from: &str, to: &str) {
        if let Some(mut moved) = self.conversations.remove(&fold(from)) {
            to.clone_into(&mut moved.name);
            moved.held.iter_mut().for_each(|heard| to.clone_into(&mut heard.said.conversation));
            self.conversations.insert(fold(to), moved);
        }
        let waiting = self.outbox.rename(from, to);
        self.tell_outgoing(waiting);
        self.rename_requests(from, to);
        for batch in self.link.batches.values_mut() {
            if let Batch::History(gathered) = batch
                && fold(&gathered.conversation) == fold(from)
            {
                to.clone_into(&mut gathered.conversation);
            }
        }
        self.renamed.remove(&fold(to));
        self.renamed
            .values_mut()
            .filter(|name| fold(name) == fold(from))
            .for_each(|name| to.clone_into(name));
        if fold(from) != fold(to) {
            if self.renamed.len() >= RENAMED_MAX {
                self.renamed.pop_first();
            }
            self.renamed.insert(fold(from), to.to_owned());
        }
    }

    /// The name that a room has now, for words that were typed before it got it; who enters a room of
    /// the old name means that one.
    pub(super) fn present_name(&self, target: &str) -> String {
        let here = self.conversations.get(&fold(target)).is_some_and(|known| known.wanted);
        let renamed = self.renamed.get(&fold(target)).filter(|_| !here);
        renamed.map_or_else(|| target.to_owned(), Clone::clone)
    }
}
