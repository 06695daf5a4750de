//! Pages of history for whoever scrolls: one question, one answer.
//!
//! Changes nothing of what is known to be shown or read. Source: IRCv3 draft/chathistory.

use crate::client::action::{Mark, Place};
use crate::client::event::{Event, Origin, Page};
use crate::protocol::{Cap, Line};

use super::State;
use super::batches::Gathered;
use super::history::Purpose;

impl State {
    pub(super) fn ask_page(&mut self, conversation: &str, place: Place) {
        if !(self.has(Cap::Chathistory) && self.has(Cap::Batch)) {
            let online = self.link.online;
            let reason = if online { "this server keeps no history" } else { "there is no connection" };
            return self.no_page(conversation, &place, reason);
        }
        if !self.is_one_name(conversation) {
            return self.no_page(conversation, &place, "that is no conversation");
        }
        let command = |name: &str| Line::new("CHATHISTORY").param(name).param(conversation);
        let line = match &place {
            Place::Latest => command("LATEST").param("*"),
            Place::Before(mark) => command("BEFORE").param(self.outside(mark, 1)),
            Place::After(mark) => command("AFTER").param(self.outside(mark, -1)),
            Place::Around(mark) => command("AROUND").param(self.selector(mark)),
            Place::Between(from, to) => {
                let (early, late) = if from.at <= to.at { (-1, 1) } else { (1, -1) };
                command("BETWEEN").param(self.outside(from, early)).param(self.outside(to, late))
            }
        };
        let line = line.param(self.page_len());
        self.expect(conversation.to_owned(), Purpose::Page(place));
        self.lines.push_back(line);
    }

    pub(super) fn tell_page(&mut self, gathered: Gathered, place: Place) {
        let Gathered { conversation, messages, first, last, complete } = gathered;
        let empty = first.is_none();
        // Who gets no further has all there is.
        let is_further = |asked: &Mark, reached: &Option<Mark>| {
            let by_id = self.link.tokens.history_by_id && asked.msgid.is_some();
            reached
                .as_ref()
                .is_some_and(|reached| if by_id { reached != asked } else { reached.at != asked.at })
        };
        let (older, newer) = match &place {
            Place::Latest => (!empty && !complete, false),
            Place::Before(mark) => (!complete && is_further(mark, &first), true),
            Place::After(mark) => (true, !complete && is_further(mark, &last)),
            Place::Around(_) => (!empty, !empty),
            Place::Between(from, to) if from.at <= to.at => (true, !complete && is_further(from, &last)),
            Place::Between(from, _) => (!complete && is_further(from, &first), true),
        };
        let mut entries = Vec::with_capacity(messages.len());
        for mut heard in messages {
            heard.said.origin = Origin::Asked;
            self.note_own(&heard);
            if heard.said.msgid.is_none() || !is_bound(&place, heard.said.msgid.as_deref()) {
                entries.push(heard.into_entry());
            }
        }
        self.events.push_back(Event::Page(Page { conversation, place, entries, first, last, older, newer }));
    }

    pub(super) fn no_page(&mut self, conversation: &str, place: &Place, reason: &str) {
        self.events.push_back(Event::NoPage {
            conversation: conversation.to_owned(),
            place: place.clone(),
            reason: reason.to_owned(),
        });
    }

    /// Nobody will answer any more.
    pub(super) fn give_up_pages(&mut self, reason: &str) {
        for request in std::mem::take(&mut self.link.requests) {
            if let Purpose::Page(place) = &request.purpose {
                self.no_page(&request.conversation, place, reason);
            }
        }
    }
}

/// Whether this message is one of those between which was asked.
fn is_bound(place: &Place, msgid: Option<&str>) -> bool {
    let is = |mark: &Mark| mark.msgid.as_deref() == msgid;
    match place {
        Place::Latest | Place::Around(_) => false,
        Place::Before(mark) | Place::After(mark) => is(mark),
        Place::Between(from, to) => is(from) || is(to),
    }
}
