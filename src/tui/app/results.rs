//! Searching: what was found, going there, and finding what is older.

use super::super::conversation::{Address, ServerId};
use super::super::dialog::{Dialog, Found, Results};
use super::super::input::Command;
use super::{App, dialogs};
use crate::client::Action;
use crate::client::action::{Mark, Search};
use crate::client::event::Said;

impl App {
    /// Opens the list of what a search will find.
    pub(super) fn begin_search(&mut self, server: ServerId, search: Search) {
        let results = Results { search: search.clone(), server: Some(server), ..Results::default() };
        self.dialogs.push(Dialog::Results(results));
        self.act(server, Action::Search(search));
    }

    pub(super) fn command_of_results(&mut self, mut results: Results, command: Command) -> Option<Dialog> {
        let last = results.found.len().saturating_sub(1);
        let page = usize::from(self.size.1 / 2).max(1);
        if command == Command::Send
            && let Some(found) = results.found.get(results.chosen).cloned()
        {
            self.jump(&found);
            return None;
        }
        let before = results.chosen;
        results.chosen = dialogs::moved(before, command, page, last);
        let at_first = before == 0 && matches!(command, Command::Up | Command::PageUp | Command::RowUp);
        if at_first && results.more && results.complete {
            self.find_older(&mut results);
        }
        Some(Dialog::Results(results))
    }

    fn find_older(&mut self, results: &mut Results) {
        let (Some(first), Some(server)) = (results.found.first(), results.server) else { return };
        results.complete = false;
        // The first one is found again: others may have been said in the same moment.
        let search = Search { before: Some(first.at), ..results.search.clone() };
        self.act(server, Action::Search(search));
    }

    /// Goes to a message that was found.
    fn jump(&mut self, found: &Found) {
        self.open(&found.address, &found.conversation);
        self.jump_to(&found.address, Mark { msgid: found.msgid.clone(), at: found.at });
    }

    pub(super) fn found(&mut self, server: ServerId, said: &Said) {
        let found = Found {
            address: Address::of(server, &said.conversation),
            conversation: said.conversation.clone(),
            at: said.at,
            msgid: said.msgid.clone(),
            nick: said.from.clone(),
            text: said.text.clone(),
        };
        let Some(results) = self.results() else { return };
        let is_known = |other: &Found| other.at == found.at && other.msgid == found.msgid;
        if results.found.iter().any(is_known) {
            return;
        }
        let place = results.found.partition_point(|other| other.at <= found.at);
        results.found.insert(place, found);
        results.fresh += 1;
    }

    pub(super) fn search_end(&mut self, more: bool) {
        let Some(results) = self.results() else { return };
        results.complete = true;
        let fresh = std::mem::take(&mut results.fresh);
        // A page of nothing new leads nowhere.
        results.more = more && fresh > 0;
        if results.is_shown {
            results.chosen = fresh.saturating_sub(1);
        } else {
            // The latest is the likeliest.
            results.chosen = results.found.len().saturating_sub(1);
            results.is_shown = true;
        }
    }

    fn results(&mut self) -> Option<&mut Results> {
        self.dialogs.iter_mut().rev().find_map(|dialog| match dialog {
            Dialog::Results(results) => Some(results),
            Dialog::Connect(_)
            | Dialog::Trust { .. }
            | Dialog::Leave { .. }
            | Dialog::Notice { .. }
            | Dialog::Help(_)
            | Dialog::Switch(_) => None,
        })
    }
}
