//! What was said earlier: catching up after an outage, history on demand, read markers.
//!
//! Source: IRCv3 draft/chathistory, draft/read-marker.

use crate::client::action::Stretch;
use crate::client::event::{Event, Origin};
use crate::client::profile::Identity;
use crate::clock::Timestamp;
use crate::protocol::{Cap, Line, Message};

use super::conversation::{Heard, Mark};
use super::registration::last;
use super::{State, fold, is_room};

/// Messages of one answer, unless the server says how many it gives.
const PAGE_LEN: usize = 100;
/// Answers that one question may take: a limit on `/history since`.
const ASKED_PAGES_MAX: usize = 20;
/// A message is stored before it is seen, so others may overtake it by as much.
const OVERTAKING_MS: i64 = 10_000;
/// How far back direct conversations are looked for at the first sign-in.
const DIRECT_MS: i64 = 30 * 24 * 3600 * 1000;
const FAR_FUTURE: &str = "timestamp=2262-01-01T00:00:00.000Z";

/// A question about history that is under way. Answers come in order.
#[derive(Clone, Debug)]
pub(super) struct Request {
    conversation: String,
    purpose: Purpose,
    pages: usize,
    count: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// The last messages, on entering.
    Enter,
    /// All that was missed.
    CatchUp,
    /// Because somebody asked.
    Asked(Stretch),
    /// Which direct conversations there are.
    Targets,
}

impl State {
    /// One entered a room: the first time its last messages are fetched, later what was missed.
    pub(super) fn fetch_on_entering(&mut self, room: &str, again: bool) {
        if again {
            self.catch_up(room);
        } else if self.has(Cap::Chathistory) && self.profile.history_len > 0 {
            self.conversation(room).catching_up = true;
            self.ask_latest(room, Purpose::Enter, self.profile.history_len);
        }
    }

    /// After the welcome: what was said to oneself while one was gone.
    pub(super) fn look_for_direct_messages(&mut self, now: Timestamp) {
        let signed_in = !matches!(self.profile.identity, Identity::Guest { .. });
        let first_time_counts = self.profile.history_len > 0 && self.has(Cap::ReadMarker);
        if !self.has(Cap::Chathistory) || !signed_in || !(self.was_online || first_time_counts) {
            return self.found_targets(&[]);
        }
        let since = match self.left_at.filter(|_| self.was_online) {
            Some(left_at) => Timestamp((left_at.0 - OVERTAKING_MS).max(0)),
            None => Timestamp((now.0 - DIRECT_MS).max(0)),
        };
        self.expect(String::new(), Purpose::Targets);
        self.lines.push_back(
            Line::new("CHATHISTORY")
                .param("TARGETS")
                .param(format!("timestamp={since}"))
                .param(FAR_FUTURE)
                .param(self.page_len()),
        );
    }

    /// Earlier messages that somebody asked for.
    pub(super) fn ask_history(&mut self, conversation: &str, stretch: Stretch) {
        if !self.has(Cap::Chathistory) {
            let reason = "this server keeps no history that can be asked for".into();
            return self.events.push_back(Event::Failed { reason, unsent: None });
        }
        match stretch {
            Stretch::Last(count) => {
                self.ask_latest(conversation, Purpose::Asked(stretch), count.clamp(1, PAGE_LEN * 10));
            }
            Stretch::Since(at) => {
                self.expect(conversation.to_owned(), Purpose::Asked(stretch));
                // The bound is exclusive.
                self.ask_after(conversation, &Mark { msgid: None, at: Timestamp((at.0 - 1).max(0)) });
            }
        }
    }

    pub(super) fn marker(&mut self, message: &Message<'_>) {
        let Some(target) = message.param(0).filter(|target| self.link.markers_asked.remove(&fold(target)))
        else {
            return;
        };
        let read = message.param(1).and_then(|value| value.strip_prefix("timestamp="));
        match read.and_then(Timestamp::parse) {
            Some(at) if self.conversation(target).last.as_ref().is_none_or(|last| last.at > at) => {
                self.conversation(target).resume = Some(Mark { msgid: None, at });
                self.catch_up(target);
            }
            Some(_) => {}
            None => {
                self.conversation(target).catching_up = true;
                self.ask_latest(target, Purpose::Enter, self.profile.history_len);
            }
        }
    }

    /// Tells the server how far one has read, once for however many messages.
    pub(super) fn mark_read(&mut self) {
        for known in self.conversations.values_mut() {
            if let Some(at) = known.unmarked.take() {
                let marker = Line::new("MARKREAD").param(&known.name).param(format!("timestamp={at}"));
                self.lines.push_back(marker);
            }
        }
    }

    /// `FAIL CHATHISTORY …`: whether it answers a question of ours.
    pub(super) fn history_failed(&mut self, message: &Message<'_>) {
        let names: Vec<_> = message.params().iter().skip(2).map(|param| fold(param)).collect();
        let index =
            self.link.requests.iter().position(|request| names.contains(&fold(&request.conversation)));
        let Some(request) = self.link.requests.remove(index.unwrap_or(0)) else {
            return;
        };
        match request.purpose {
            Purpose::Asked(_) => {
                self.events.push_back(Event::Failed { reason: last(message), unsent: None });
            }
            Purpose::Targets => self.found_targets(&[]),
            Purpose::Enter => self.caught_up(&request.conversation),
            Purpose::CatchUp => self.cannot_catch_up(&request),
        }
    }

    /// The place may be forgotten, the time never is.
    fn cannot_catch_up(&mut self, request: &Request) {
        let known = self.conversation(&request.conversation);
        if let Some(mark) = known.resume.take_if(|mark| mark.msgid.is_some()) {
            let mark = Mark { msgid: None, ..mark };
            known.resume = Some(mark);
            return self.catch_up(&request.conversation);
        }
        self.fail_doubtful(&request.conversation);
        self.caught_up(&request.conversation);
    }

    pub(super) fn found_targets(&mut self, targets: &[(String, Timestamp)]) {
        self.link.requests.retain(|request| request.purpose != Purpose::Targets);
        for (name, at) in targets.iter().filter(|(name, _)| !is_room(name)) {
            if self.left_at.is_some() {
                self.catch_up(name);
            } else if self.conversation(name).last.as_ref().is_none_or(|last| last.at < *at) {
                self.link.markers_asked.insert(fold(name));
                self.lines.push_back(Line::new("MARKREAD").param(name));
            }
        }
        for target in self.outbox.doubtful_targets() {
            if !is_room(&target) && !self.conversation(&target).catching_up {
                self.catch_up(&target);
            }
        }
    }

    /// Fetches what was said since the connection broke, and settles what was in doubt.
    fn catch_up(&mut self, conversation: &str) {
        let guest = matches!(self.profile.identity, Identity::Guest { .. });
        if !self.has(Cap::Chathistory) || guest && !is_room(conversation) {
            return self.fail_doubtful(conversation);
        }
        let left_at = self.left_at;
        let known = self.conversation(conversation);
        known.catching_up = true;
        let mark = known
            .resume
            .clone()
            .or_else(|| left_at.map(|at| Mark { msgid: None, at: Timestamp((at.0 - OVERTAKING_MS).max(0)) }));
        match mark {
            Some(mark) => {
                self.expect(conversation.to_owned(), Purpose::CatchUp);
                self.ask_after(conversation, &mark);
            }
            None => self.ask_latest(conversation, Purpose::CatchUp, PAGE_LEN),
        }
    }

    /// A page is complete: its messages are shown, the next one is asked for.
    pub(super) fn page(&mut self, conversation: &str, messages: Vec<Heard>, complete: bool) {
        let name = fold(conversation);
        let index = self.link.requests.iter().position(|request| fold(&request.conversation) == name);
        let Some(mut request) = index.and_then(|index| self.link.requests.remove(index)) else {
            return;
        };
        request.pages += 1;
        request.count += messages.len();
        let follow = messages.last().map(Heard::mark);
        for mut heard in messages {
            let said = &mut heard.said;
            if let Some(id) = said.mark.as_deref().filter(|_| said.own) {
                // Found: it arrived, though its echo did not.
                self.outbox.take_id(id);
            }
            conversation.clone_into(&mut said.conversation);
            if let Purpose::Asked(_) = request.purpose {
                said.origin = Origin::Asked;
            }
            self.show(heard);
        }
        let goes_on = match request.purpose {
            Purpose::CatchUp => true,
            Purpose::Asked(Stretch::Since(_)) => request.pages < ASKED_PAGES_MAX,
            Purpose::Asked(Stretch::Last(_)) | Purpose::Enter | Purpose::Targets => false,
        };
        match follow.filter(|_| goes_on && !complete) {
            Some(mark) => {
                self.link.requests.push_back(request);
                self.ask_after(conversation, &mark);
            }
            None => self.answered(&request),
        }
    }

    fn answered(&mut self, request: &Request) {
        match request.purpose {
            Purpose::Asked(_) => {
                let (conversation, count) = (request.conversation.clone(), request.count);
                self.events.push_back(Event::HistoryEnd { conversation, count });
            }
            Purpose::CatchUp => {
                // All history is here; what it does not hold was never stored.
                self.outbox.retry(&request.conversation);
                self.caught_up(&request.conversation);
            }
            Purpose::Enter | Purpose::Targets => self.caught_up(&request.conversation),
        }
    }

    fn caught_up(&mut self, conversation: &str) {
        let known = self.conversation(conversation);
        known.catching_up = false;
        known.resume = None;
        for heard in std::mem::take(&mut known.held) {
            self.show(heard);
        }
    }

    fn ask_latest(&mut self, conversation: &str, purpose: Purpose, count: usize) {
        self.expect(conversation.to_owned(), purpose);
        let line = Line::new("CHATHISTORY").param("LATEST").param(conversation).param("*");
        self.lines.push_back(line.param(count));
    }

    fn ask_after(&mut self, conversation: &str, mark: &Mark) {
        let place = match &mark.msgid {
            Some(msgid) => format!("msgid={msgid}"),
            None => format!("timestamp={}", mark.at),
        };
        let line = Line::new("CHATHISTORY").param("AFTER").param(conversation).param(place);
        self.lines.push_back(line.param(self.page_len()));
    }

    /// A room got another name: its answers come under that.
    pub(super) fn rename_requests(&mut self, from: &str, to: &str) {
        let requests = self.link.requests.iter_mut();
        for request in requests.filter(|request| fold(&request.conversation) == fold(from)) {
            to.clone_into(&mut request.conversation);
        }
        if self.link.markers_asked.remove(&fold(from)) {
            self.link.markers_asked.insert(fold(to));
        }
    }

    fn expect(&mut self, conversation: String, purpose: Purpose) {
        self.link.requests.push_back(Request { conversation, purpose, pages: 0, count: 0 });
    }

    fn page_len(&self) -> usize {
        self.link.history_page_len.filter(|len| *len > 0).unwrap_or(PAGE_LEN).min(1_000)
    }
}
