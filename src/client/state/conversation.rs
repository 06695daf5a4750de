//! What is remembered of one room or one direct conversation, and which messages were shown.

use std::collections::{BTreeMap, HashSet, VecDeque};

use crate::client::action::{Kind, Mark};
use crate::client::event::{Edited, Entry, Event, Reacted, Redacted, Said};
use crate::clock::Timestamp;

use super::{CONVERSATIONS_MAX, State, fold, is_room};

/// Messages held back while earlier ones are fetched; beyond, order gives way.
pub(super) const HELD_MAX: usize = 1_000;
/// Message ids remembered, so that nothing is shown twice.
const SEEN_MAX: usize = 4_096;

/// Messages of one's own remembered in each conversation, to be edited or taken back.
const OWN_MAX: usize = 20;

/// A room, or the conversation with one user.
#[derive(Clone, Debug, Default)]
pub(super) struct Conversation {
    pub(super) name: String,
    pub(super) key: Option<String>,
    /// A room one wants to be in, and enters again after a broken connection.
    pub(super) wanted: bool,
    /// A room one is in, over this connection.
    pub(super) joined: bool,
    /// A room one was in, over whatever connection.
    pub(super) visited: bool,
    /// The last message shown.
    pub(super) last: Option<Mark>,
    /// The last message shown before the connection broke: what follows was missed.
    pub(super) resume: Option<Mark>,
    /// What was missed is being fetched.
    pub(super) catching_up: bool,
    /// Said meanwhile.
    pub(super) held: VecDeque<Heard>,
    /// How far one has read, as the server knows it.
    pub(super) read: Option<Timestamp>,
    /// Read, but the server was not told yet.
    pub(super) unmarked: Option<Timestamp>,
    /// Who is in the room, in folded form, and their prefixes; kept for who watches.
    pub(super) members: BTreeMap<String, String>,
    /// One's own messages that are known, the last ones, in order.
    pub(super) own: VecDeque<Own>,
}

/// Something said in a conversation, or what became of it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) said: Said,
    pub(super) about: About,
}

/// What it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// It is a message.
    Itself,
    /// It is the new text of the message with this id.
    Edit(String),
    /// The message with this id is taken back; the text is the reason.
    Redaction(String),
    /// The message with this id gets this reaction, the text, or loses it.
    Reaction { msgid: String, on: bool },
}

impl Heard {
    pub(super) fn itself(said: Said) -> Self {
        Self { said, about: About::Itself }
    }

    pub(super) fn into_event(self) -> Event {
        match self.into_entry() {
            Entry::Said(said) => Event::Said(said),
            Entry::Edited(edited) => Event::Edited(edited),
            Entry::Redacted(redacted) => Event::Redacted(redacted),
            Entry::Reacted(reacted) => Event::Reacted(reacted),
        }
    }

    pub(super) fn into_entry(self) -> Entry {
        let said = self.said;
        match self.about {
            About::Itself => Entry::Said(said),
            About::Edit(original) => Entry::Edited(Edited { original, said }),
            About::Redaction(msgid) => {
                let Said { conversation, from: by, text: reason, at, own, origin, .. } = said;
                Entry::Redacted(Redacted { conversation, by, msgid, reason, at, own, origin })
            }
            About::Reaction { msgid, on } => {
                let Said { conversation, from, text: reaction, at, own, origin, .. } = said;
                Entry::Reacted(Reacted { conversation, from, msgid, reaction, on, at, own, origin })
            }
        }
    }
}

/// A message of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Own {
    pub(super) at: Timestamp,
    pub(super) msgid: String,
    pub(super) kind: Kind,
}

impl Conversation {
    /// Forgets what belonged to the connection; what was held comes out.
    pub(super) fn disconnect(&mut self) -> VecDeque<Heard> {
        // What was held is newer than what was to be fetched: that gap must stay one.
        if !self.catching_up {
            self.resume.clone_from(&self.last);
        }
        self.joined = false;
        self.catching_up = false;
        self.members.clear();
        std::mem::take(&mut self.held)
    }

    /// Puts a message of one's own in its place; each once.
    pub(super) fn note_own(&mut self, own: Own) {
        if self.own.iter().any(|other| other.msgid == own.msgid) {
            return;
        }
        let place = self.own.iter().rposition(|other| other.at <= own.at).map_or(0, |before| before + 1);
        self.own.insert(place, own);
        if self.own.len() > OWN_MAX {
            self.own.pop_front();
        }
    }

    pub(super) fn advance(&mut self, mark: Mark) {
        if self.last.as_ref().is_none_or(|last| last.at <= mark.at) {
            self.last = Some(mark);
        }
    }
}

/// The message ids shown last.
#[derive(Debug, Default)]
pub(super) struct Seen {
    order: VecDeque<String>,
    ids: HashSet<String>,
}

impl Seen {
    /// Notes an id; `false` if it was there already.
    pub(super) fn insert(&mut self, id: &str) -> bool {
        if !self.ids.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > SEEN_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}

impl State {
    /// The conversation of this name, new if need be. Beyond [`CONVERSATIONS_MAX`] another one is forgotten for it:
    /// one in which nothing is going on if there is one.
    pub(super) fn conversation(&mut self, name: &str) -> &mut Conversation {
        if self.conversations.len() >= CONVERSATIONS_MAX && !self.conversations.contains_key(&fold(name)) {
            let idle = self.conversations.iter().find(|(_, other)| !other.wanted && !other.catching_up);
            let gone = idle.or_else(|| self.conversations.first_key_value()).map(|(key, _)| key.clone());
            drop(gone.and_then(|key| self.conversations.remove(&key)));
        }
        let conversation = self.conversations.entry(fold(name)).or_default();
        if conversation.name.is_empty() {
            conversation.name = name.to_owned();
        }
        conversation
    }

    /// Whether something may be said there now.
    pub(super) fn is_open(&self, target: &str) -> bool {
        match self.conversations.get(&fold(target)) {
            Some(known) => !known.catching_up && (known.joined || !is_room(target) || !known.wanted),
            None => true,
        }
    }
}
