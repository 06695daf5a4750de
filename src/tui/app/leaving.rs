//! Leaving: nothing that was typed is lost without a word.

use super::super::conversation::{Conversation, ServerId};
use super::super::dialog::Dialog;
use super::{App, Effect, Link};
use crate::client::Action;
use crate::client::event::Unsent;

impl App {
    /// Leaves all servers, and then the program. While something waits for a connection one is asked
    /// first; who says it again is not.
    pub(super) fn quit(&mut self, reason: &str) {
        let asked = matches!(self.dialogs.last(), Some(Dialog::Leave { .. }));
        let waiting = self.waiting();
        if waiting.is_empty() || asked || self.leaving {
            return self.leave(reason);
        }
        self.dialogs.push(Dialog::Leave { reason: reason.to_owned(), waiting });
    }

    /// The same, whatever waits.
    pub(super) fn leave(&mut self, reason: &str) {
        if std::mem::replace(&mut self.leaving, true) {
            return self.effects.push(Effect::Quit);
        }
        let running = self.servers.iter().filter(|server| server.link != Link::Ended);
        let ids: Vec<_> = running.map(|server| server.id).collect();
        if ids.is_empty() {
            self.effects.push(Effect::Quit);
        }
        for id in ids {
            self.act(id, Action::Quit { reason: reason.to_owned() });
        }
        self.servers.retain(|server| server.link != Link::Ended);
    }

    /// What was said and not sent, ready to read, once one has left.
    #[must_use]
    pub fn lost(&self) -> Vec<String> {
        let here = self.conversations.values().flat_map(on_its_way);
        self.lost.iter().cloned().chain(here).collect()
    }

    /// A message of one's own will not be sent any more.
    pub(super) fn lose(&mut self, unsent: &Unsent) {
        self.lost.push(ready(&unsent.target, &unsent.text));
    }

    /// The same of all that are on their way to a server.
    pub(super) fn lose_all(&mut self, id: ServerId) {
        let of_server = self.conversations.iter().filter(|(address, _)| address.server == id);
        self.lost.extend(of_server.flat_map(|(_, conversation)| on_its_way(conversation)));
    }

    /// What waits for a connection, ready to read. What is on its way over one is waited for.
    fn waiting(&self) -> Vec<String> {
        let is_online = |id| self.servers.iter().any(|server| server.id == id && server.link == Link::Online);
        let waiting = self.conversations.iter().filter(|(address, _)| !is_online(address.server));
        waiting.flat_map(|(_, conversation)| on_its_way(conversation)).collect()
    }
}

fn on_its_way(conversation: &Conversation) -> Vec<String> {
    let lines = &conversation.lines;
    let line = |key| lines.line(lines.find(key)?);
    let sent = conversation.outgoing.iter().filter_map(|(_, key)| line(*key));
    sent.map(|line| ready(&conversation.name, line.text)).collect()
}

fn ready(conversation: &str, text: &str) -> String {
    format!("{conversation}: {text}")
}
