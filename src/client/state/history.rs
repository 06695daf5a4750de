//! What was said earlier: catching up after an outage, history on demand.
//!
//! Source: IRCv3 draft/chathistory.

use crate::client::action::{Mark, Place, Stretch};
use crate::client::event::{Event, Known, Origin, Stage};
use crate::client::profile::Identity;
use crate::clock::Timestamp;
use crate::protocol::{Cap, Line, Message};

use super::batches::Gathered;
use super::conversation::{About, Heard};
use super::outbox::ID_TAG;
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
/// Questions that wait for an answer; of more the oldest are given up.
pub(super) const REQUESTS_MAX: usize = 2_000;
const FAR_FUTURE: &str = "timestamp=2262-01-01T00:00:00.000Z";

/// A question about history that is under way. Answers come in order.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) conversation: String,
    pub(super) purpose: Purpose,
    /// Behind what was asked last.
    from: Option<Mark>,
    pages: usize,
    count: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The last messages, on entering.
    Enter,
    /// All that was missed.
    CatchUp,
    /// Because somebody asked.
    Asked(Stretch),
    /// The same, told as one.
    Page(Place),
    /// Which direct conversations there are.
    Targets,
}

impl State {
    /// One entered a room: the first time its last messages are fetched, later what was missed.
    pub(super) fn fetch_on_entering(&mut self, room: &str, again: bool) {
        if again {
            self.catch_up(room);
        } else if self.has(Cap::Chathistory) && self.profile.history_len > 0 {
            self.enter(room);
        } else {
            self.events.push_back(Event::CaughtUp { conversation: room.to_owned() });
        }
    }

    /// Fetches the last messages of a conversation of which nothing is known.
    pub(super) fn enter(&mut self, conversation: &str) {
        self.conversation(conversation).catching_up = true;
        self.ask_latest(conversation, Purpose::Enter, self.profile.history_len);
    }

    /// After the welcome: what was said to oneself while one was gone.
    pub(super) fn look_for_direct_messages(&mut self, now: Timestamp) {
        let signed_in = !matches!(self.profile.identity, Identity::Guest { .. });
        let first_time_counts =
            self.profile.watches || self.profile.history_len > 0 && self.has(Cap::ReadMarker);
        if !self.has(Cap::Chathistory) || !signed_in || !(self.was_online || first_time_counts) {
            return self.look_for_doubtful();
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

    /// `FAIL CHATHISTORY …`: whether it answers a question of ours.
    pub(super) fn history_failed(&mut self, message: &Message<'_>) {
        let names: Vec<_> = message.params().iter().skip(2).map(|param| fold(param)).collect();
        let index =
            self.link.requests.iter().position(|request| names.contains(&fold(&request.conversation)));
        let Some(request) = self.link.requests.remove(index.unwrap_or(0)) else {
            return;
        };
        match &request.purpose {
            Purpose::Asked(_) => {
                self.events.push_back(Event::Failed { reason: last(message), unsent: None });
            }
            Purpose::Page(place) => self.no_page(&request.conversation, place, &last(message)),
            Purpose::Targets => self.look_for_doubtful(),
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
        let direct = || targets.iter().filter(|(name, _)| !is_room(name));
        if self.profile.watches {
            let known = direct().map(|(name, last)| Known { name: name.clone(), last: *last });
            self.events.push_back(Event::Conversations(known.collect()));
            direct().for_each(|(name, _)| self.watch(name));
        }
        for (name, at) in direct() {
            if self.left_at.is_some() {
                self.catch_up(name);
            } else if self.conversation(name).last.as_ref().is_none_or(|last| last.at < *at) {
                self.ask_marker(name);
            }
        }
        self.look_for_doubtful();
    }

    /// What is in doubt and was not found yet.
    fn look_for_doubtful(&mut self) {
        for target in self.outbox.doubtful_targets() {
            if !is_room(&target) && !self.conversation(&target).catching_up {
                self.catch_up(&target);
            }
        }
    }

    /// Fetches what was said since the connection broke, and settles what was in doubt.
    pub(super) fn catch_up(&mut self, conversation: &str) {
        let guest = matches!(self.profile.identity, Identity::Guest { .. });
        if !self.has(Cap::Chathistory) || guest && !is_room(conversation) {
            self.fail_doubtful(conversation);
            return self.events.push_back(Event::CaughtUp { conversation: conversation.to_owned() });
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

    /// An answer is complete: its messages are shown, the next one is asked for.
    pub(super) fn page(&mut self, gathered: Gathered) {
        let name = fold(&gathered.conversation);
        let index = self.link.requests.iter().position(|request| fold(&request.conversation) == name);
        let Some(mut request) = index.and_then(|index| self.link.requests.remove(index)) else {
            return;
        };
        let Gathered { conversation, mut messages, first, last, complete } = gathered;
        for heard in &mut messages {
            self.settle_found(&conversation, heard);
        }
        if let Purpose::Page(place) = request.purpose {
            return self.tell_page(Gathered { conversation, messages, first, last, complete }, place);
        }
        request.pages += 1;
        request.count += messages.len();
        for mut heard in messages {
            if let Purpose::Asked(_) = request.purpose {
                heard.said.origin = Origin::Asked;
            }
            self.show(heard);
        }
        let goes_on = match request.purpose {
            Purpose::CatchUp => true,
            Purpose::Asked(Stretch::Since(_)) => request.pages < ASKED_PAGES_MAX,
            Purpose::Asked(Stretch::Last(_)) | Purpose::Enter | Purpose::Page(_) | Purpose::Targets => false,
        };
        // Who gets no further has all there is.
        let goes_on = goes_on && last != request.from;
        match last.filter(|_| goes_on && !complete) {
            Some(mark) => {
                self.link.requests.push_back(request);
                self.ask_after(&conversation, &mark);
            }
            None => self.answered(&request),
        }
    }

    /// A message of one's own that is found arrived, though its echo did not.
    fn settle_found(&mut self, conversation: &str, heard: &mut Heard) {
        let said = &mut heard.said;
        conversation.clone_into(&mut said.conversation);
        if !said.own || heard.about != About::Itself {
            return;
        }
        let pending = match said.mark.as_deref() {
            Some(id) => self.outbox.take_id(id),
            // Where no mark comes back, the same words are the best proof.
            None if !self.carries(ID_TAG) => self.outbox.take_at(Stage::Doubtful, |pending| {
                pending.is_for(conversation) && pending.kind == said.kind && pending.text == said.text
            }),
            None => None,
        };
        // Its echo may have come already, and be held back: it will be left out then.
        let known = self.conversations.get(&fold(conversation));
        let is_echo = |held: &&Heard| held.said.msgid.is_some() && held.said.msgid == said.msgid;
        let echo = || known?.held.iter().find(is_echo)?.said.local;
        said.local = pending.map(|pending| pending.number).or_else(echo);
    }

    fn answered(&mut self, request: &Request) {
        match request.purpose {
            Purpose::Asked(_) => {
                let (conversation, count) = (request.conversation.clone(), request.count);
                self.events.push_back(Event::HistoryEnd { conversation, count });
            }
            Purpose::CatchUp => {
                // All history is here; what it does not hold was never stored.
                let waiting = self.outbox.retry(&request.conversation);
                self.tell_outgoing(waiting);
                self.caught_up(&request.conversation);
            }
            Purpose::Enter => self.caught_up(&request.conversation),
            Purpose::Page(_) | Purpose::Targets => {}
        }
    }

    fn caught_up(&mut self, conversation: &str) {
        let known = self.conversation(conversation);
        known.catching_up = false;
        known.resume = None;
        for heard in std::mem::take(&mut known.held) {
            self.show(heard);
        }
        self.events.push_back(Event::CaughtUp { conversation: conversation.to_owned() });
    }

    fn ask_latest(&mut self, conversation: &str, purpose: Purpose, count: usize) {
        self.expect(conversation.to_owned(), purpose);
        let line = Line::new("CHATHISTORY").param("LATEST").param(conversation).param("*");
        self.lines.push_back(line.param(count));
    }

    /// A place as this server understands it.
    pub(super) fn selector(&self, mark: &Mark) -> String {
        match mark.msgid.as_ref().filter(|_| self.link.tokens.history_by_id) {
            Some(msgid) => format!("msgid={msgid}"),
            None => format!("timestamp={}", mark.at),
        }
    }

    /// The place of a message. Where only its time counts, one millisecond further: others may have
    /// been said in the same.
    pub(super) fn outside(&self, mark: &Mark, ms: i64) -> String {
        let by_time = mark.msgid.is_some() && !self.link.tokens.history_by_id;
        let at = if by_time { mark.at.after_ms(ms) } else { mark.at };
        self.selector(&Mark { at, ..mark.clone() })
    }

    /// Asks what follows this place, for the question that was begun last.
    fn ask_after(&mut self, conversation: &str, mark: &Mark) {
        let place = self.outside(mark, -1);
        if let Some(request) = self.link.requests.back_mut() {
            request.from = Some(mark.clone());
        }
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

    pub(super) fn expect(&mut self, conversation: String, purpose: Purpose) {
        if self.link.requests.len() >= REQUESTS_MAX
            && let Some(oldest) = self.link.requests.pop_front()
        {
            self.unanswered(&oldest);
        }
        self.link.requests.push_back(Request { conversation, purpose, from: None, pages: 0, count: 0 });
    }

    /// The server owes too many answers to wait for this one.
    fn unanswered(&mut self, request: &Request) {
        match &request.purpose {
            Purpose::Page(place) => self.no_page(&request.conversation, place, "the server does not answer"),
            Purpose::Enter | Purpose::CatchUp => self.caught_up(&request.conversation),
            Purpose::Asked(_) | Purpose::Targets => {}
        }
    }

    pub(super) fn page_len(&self) -> usize {
        self.link.tokens.history_page_len.filter(|len| *len > 0).unwrap_or(PAGE_LEN).min(1_000)
    }
}
