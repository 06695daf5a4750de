//! What a client knows and does: lines and actions in, lines and events out.
//!
//! No I/O, no clock, no terminal. What must survive a broken connection lives in [`State`] itself,
//! what belongs to one connection in `Link`.

mod abilities;
mod actions;
mod amendments;
mod batches;
mod conversation;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod history;
mod markers;
mod members;
mod messages;
mod modes;
mod multiline;
mod negotiation;
mod outbox;
mod pages;
mod pulse;
mod raw;
mod reactions;
mod registration;
mod renaming;
mod replies;
mod rooms;
mod search;
#[cfg(test)]
mod tests;
mod tokens;
mod transfers;
mod typing;
mod watching;
mod welcome;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use crate::clock::Timestamp;
use crate::protocol::{Cap, Caps, Line, Message};

use super::event::{Abilities, End, Event, Member, Presence, Room};
use super::profile::{Identity, Profile};
use batches::Batch;
use conversation::{Conversation, Seen};
use history::Request;
use multiline::Bounds;
use outbox::Outbox;
use pulse::Settling;
use registration::Registration;
use tokens::Tokens;
use typing::Writers;

pub use transfers::{Download, Transfer, Upload};

/// Messages under way; beyond, no further action is to be given to [`State::act`].
pub const WINDOW_LEN: usize = 256;
/// Replies to one question that are kept; a server that sends more is cut off there.
const COLLECTED_MAX: usize = 10_000;
/// Conversations that are remembered.
const CONVERSATIONS_MAX: usize = 1_000;

/// One user's view of one server.
#[derive(Debug)]
pub struct State {
    profile: Profile,
    link: Link,
    conversations: BTreeMap<String, Conversation>,
    outbox: Outbox,
    seen: Seen,
    presences: HashMap<String, Presence>,
    /// People watched without a common room, by their folded names.
    watched: BTreeMap<String, String>,
    /// What others are told while one is away.
    away: Option<String>,
    /// Files to be sent.
    transfers: VecDeque<Transfer>,
    /// The latest moment that the driver told.
    now: Timestamp,
    /// Rooms that got another name, and which.
    renamed: BTreeMap<String, String>,
    /// The latest time of the server that was seen.
    latest: Option<Timestamp>,
    /// `latest` when the last connection broke.
    left_at: Option<Timestamp>,
    was_online: bool,
    settling: Settling,
    /// Why the user leaves, from the moment they want to.
    quitting: Option<String>,
    ended: bool,
    lines: VecDeque<Line>,
    events: VecDeque<Event>,
}

/// What belongs to one connection.
#[derive(Debug, Default)]
struct Link {
    registration: Option<Registration>,
    online: bool,
    nick: String,
    /// `nick!user@host`, once the server showed it.
    source: Option<String>,
    caps: Caps,
    tokens: Tokens,
    told: Option<Abilities>,
    multiline: Option<Bounds>,
    batches: HashMap<String, Batch>,
    requests: VecDeque<Request>,
    markers_asked: HashSet<String>,
    names: Vec<Member>,
    who: Vec<Member>,
    list: Vec<Room>,
    whois: Vec<String>,
    writers: Writers,
    lag_asked: Option<Timestamp>,
    /// Something of a room's list was told.
    listed: bool,
    /// Answers that nothing here knows are told, since somebody spoke to the server by hand.
    shows_unknown: bool,
    /// QUIT was said.
    left: bool,
    /// The server's last word.
    error: Option<String>,
}

impl State {
    /// A client that is not connected.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        let mut state = Self {
            outbox: Outbox::new(profile.nonce.clone()),
            link: Link::default(),
            conversations: BTreeMap::new(),
            seen: Seen::default(),
            presences: HashMap::new(),
            watched: BTreeMap::new(),
            away: None,
            transfers: VecDeque::new(),
            now: Timestamp::default(),
            renamed: BTreeMap::new(),
            latest: None,
            left_at: None,
            was_online: false,
            settling: Settling::No,
            quitting: None,
            ended: false,
            lines: VecDeque::new(),
            events: VecDeque::new(),
            profile,
        };
        for room in state.profile.rooms.clone() {
            state.conversation(room.as_str()).wanted = true;
        }
        state
    }

    /// A connection is there: registration begins.
    pub fn connected(&mut self) {
        let (registration, lines) = Registration::begin(self.profile.identity.clone(), self.profile.watches);
        self.profile.identity.forget_code();
        self.link = Link { nick: self.profile.identity.name().to_string(), ..Link::default() };
        self.link.registration = Some(registration);
        self.lines = lines.into();
    }

    /// The connection is gone. What was said and not echoed is now in doubt.
    pub fn disconnected(&mut self) {
        self.forget_writers();
        self.give_up_pages("the connection is gone");
        self.link = Link::default();
        self.lines.clear();
        self.presences.clear();
        self.left_at = self.latest;
        let doubtful = self.outbox.disconnect();
        self.tell_outgoing(doubtful);
        if self.settling == Settling::Asked {
            self.settling = Settling::Wanted;
        }
        let mut held = Vec::new();
        for conversation in self.conversations.values_mut() {
            held.extend(conversation.disconnect());
        }
        for heard in held {
            self.show(heard);
        }
    }

    /// Takes one line from the server, without its line end.
    pub fn receive(&mut self, line: &[u8], now: Timestamp) {
        self.now = now;
        let text = String::from_utf8_lossy(line);
        let Ok(message) = Message::parse(text.as_bytes()) else {
            return;
        };
        let time = message.tag("time").and_then(|time| Timestamp::parse(&time));
        self.latest = self.latest.max(time);
        let batch = message.tag("batch");
        if let Some(batch) = &batch
            && !message.is("BATCH")
            && self.collect(batch, &message, time.unwrap_or(now))
        {
            return;
        }
        let label = message.tag("label").or_else(|| self.label_of(batch.as_deref()?));
        let arrival = Arrival { at: time.unwrap_or(now), label };
        if !self.is_raw_answer(&message, &arrival) {
            self.dispatch(&message, &arrival);
        }
        self.advance();
    }

    /// Lines to send, in order.
    pub fn take_line(&mut self) -> Option<Line> {
        self.lines.pop_front()
    }

    /// What happened, in order.
    pub fn take_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// How many events wait to be taken.
    #[must_use]
    pub fn events_len(&self) -> usize {
        self.events.len()
    }

    /// Whether another action may be given; otherwise messages wait for their echo.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.outbox.pending.len() < WINDOW_LEN
    }

    /// Whether the server has welcomed this connection.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.link.online
    }

    /// Whether it ever welcomed one.
    #[must_use]
    pub fn was_online(&self) -> bool {
        self.was_online
    }

    /// Whether the user quit.
    #[must_use]
    pub fn is_quitting(&self) -> bool {
        self.quitting.is_some()
    }

    /// Whether [`Event::Ended`] was said.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// The server's last ERROR, the best reason for a closed connection.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.link.error.as_deref()
    }

    /// Messages that are not known to be stored.
    #[must_use]
    pub fn unsent_len(&self) -> usize {
        self.outbox.pending.len()
    }

    /// Ends it: nothing follows. What was not stored by now is told.
    pub fn end(&mut self, end: End) {
        if !self.ended {
            self.ended = true;
            // Who never got in knows that nothing was stored.
            for pending in self.outbox.drain(|_| self.was_online) {
                self.fail_one(pending, "the session ended before the server confirmed it");
            }
            self.events.push_back(Event::Ended(end));
        }
    }

    /// Adds what only the driver knows: how a connection is protected, when the next is tried.
    pub fn tell(&mut self, event: Event) {
        self.events.push_back(event);
    }

    fn dispatch(&mut self, message: &Message<'_>, arrival: &Arrival) {
        match message.command {
            "PING" => {
                let token = message.params().last().copied().unwrap_or_default();
                self.lines.push_back(Line::new("PONG").param(token));
            }
            "ERROR" => self.link.error = message.params().last().map(|text| (*text).to_owned()),
            "001" => self.welcome(message),
            "005" => self.isupport(message),
            "376" | "422" if !self.link.online && self.link.registration.is_none() => self.online(arrival),
            "BATCH" => self.batch(message, arrival),
            _ if self.link.registration.is_some() => self.register(message),
            "CAP" => self.cap(message),
            "PONG" => self.pong(message, arrival),
            "ACK" => self.acknowledged(arrival),
            "PRIVMSG" | "NOTICE" | "EDIT" | "REDACT" | "TAGMSG" => self.said(message, arrival),
            "MODE" => self.mode_changed(message, arrival),
            "ACCOUNT" => self.signed_in(message),
            "RENAME" => self.room_renamed(message, arrival),
            "CHGHOST" => self.moved(message),
            "MARKREAD" => self.marker(message),
            "JOIN" | "PART" | "KICK" | "QUIT" | "NICK" | "TOPIC" | "INVITE" | "AWAY" => {
                self.in_room(message, arrival);
            }
            _ => self.reply(message, arrival),
        }
    }

    fn is_me(&self, nick: &str) -> bool {
        fold(nick) == fold(&self.link.nick)
    }

    /// Whether this is the account one signed in to, whatever nick it had or has.
    fn is_my_account(&self, name: &str) -> bool {
        match &self.profile.identity {
            Identity::SignIn { name: mine, .. } => fold(mine.nick().as_str()) == fold(name),
            Identity::SignUp { .. } | Identity::Guest { .. } => false,
        }
    }

    fn has(&self, cap: Cap) -> bool {
        self.link.caps.has(cap)
    }
}

/// What is known about a line besides its text.
#[derive(Clone, Debug)]
struct Arrival {
    at: Timestamp,
    label: Option<String>,
}

/// The form in which two spellings of a name are equal.
fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// Whether this names a room, not a user.
fn is_room(name: &str) -> bool {
    name.starts_with(['#', '&'])
}
