//! Who writes: told to others at most every three seconds, forgotten when they fall silent.
//!
//! Source: IRCv3 typing.

use std::collections::BTreeMap;

use crate::client::action::Typing;
use crate::client::event::Event;
use crate::clock::Timestamp;
use crate::protocol::{Cap, Line, Message};

use super::{State, fold};

pub(super) const TYPING: &str = "+typing";
/// Others are not told again within this time.
const TOLD_EVERY_MS: i64 = 3_000;
/// Who writes and is not heard of again is silent after this.
const ACTIVE_MS: i64 = 6_000;
/// The same for who paused.
const PAUSED_MS: i64 = 30_000;
/// People who write at one time; beyond, nobody notices.
const WRITERS_MAX: usize = 500;
/// Marks the answers: nobody asked to write, so nobody is told that it went wrong.
pub(super) const LABEL: &str = "typing";

/// Who writes where, over one connection.
#[derive(Debug, Default)]
pub(super) struct Writers {
    /// Others, by conversation and nick in folded form.
    others: BTreeMap<(String, String), Writer>,
    /// Oneself, by conversation: what was told last, and when.
    own: BTreeMap<String, (Typing, Timestamp)>,
}

#[derive(Debug)]
struct Writer {
    conversation: String,
    nick: String,
    typing: Typing,
    silent_at: Timestamp,
}

impl State {
    /// Tells others that one writes, if it is time.
    pub(super) fn tell_typing(&mut self, conversation: &str, typing: Typing) {
        if !self.carries(TYPING) || !self.is_one_name(conversation) {
            return;
        }
        let (key, now) = (fold(conversation), self.now);
        let told = self.link.writers.own.get(&key);
        let due = match typing {
            Typing::Active => told.is_none_or(|(_, at)| !(0..TOLD_EVERY_MS).contains(&(now.0 - at.0))),
            Typing::Paused => told.is_some_and(|(typing, _)| *typing == Typing::Active),
            Typing::Done => told.is_some(),
        };
        if !due {
            return;
        }
        let word = match typing {
            Typing::Active => "active",
            Typing::Paused => "paused",
            Typing::Done => "done",
        };
        let line = Line::new("TAGMSG").tag(TYPING, word).param(conversation);
        let labels = self.has(Cap::LabeledResponse) && self.has(Cap::Batch);
        self.lines.push_back(if labels { line.tag("label", LABEL) } else { line });
        if typing == Typing::Done {
            self.link.writers.own.remove(&key);
        } else if self.link.writers.own.len() < WRITERS_MAX {
            self.link.writers.own.insert(key, (typing, now));
        }
    }

    /// What is said is written no longer; others see that by themselves.
    pub(super) fn has_said(&mut self, conversation: &str) {
        self.link.writers.own.remove(&fold(conversation));
    }

    /// A TAGMSG, if it says that somebody writes.
    pub(super) fn heard_typing(&mut self, message: &Message<'_>, conversation: &str, nick: &str) {
        let (typing, lasts_ms) = match message.tag(TYPING).as_deref() {
            Some("active") => (Typing::Active, ACTIVE_MS),
            Some("paused") => (Typing::Paused, PAUSED_MS),
            Some("done") => return self.stopped_writing(conversation, nick),
            Some(_) | None => return,
        };
        let key = (fold(conversation), fold(nick));
        let silent_at = self.now.after_ms(lasts_ms);
        let (conversation, nick) = (conversation.to_owned(), nick.to_owned());
        let others = &mut self.link.writers.others;
        if others.len() >= WRITERS_MAX && !others.contains_key(&key) {
            return;
        }
        let writer = Writer { conversation: conversation.clone(), nick: nick.clone(), typing, silent_at };
        let before = others.insert(key, writer);
        if before.is_none_or(|before| before.typing != typing) {
            self.events.push_back(Event::Typing { conversation, nick, typing });
        }
    }

    /// They said it, or gave up.
    pub(super) fn stopped_writing(&mut self, conversation: &str, nick: &str) {
        let writer = self.link.writers.others.remove(&(fold(conversation), fold(nick)));
        self.tell_silent(writer);
    }

    /// They are gone, or are called otherwise now.
    pub(super) fn stopped_writing_anywhere(&mut self, nick: &str) {
        let nick = fold(nick);
        let gone = self.link.writers.others.extract_if(.., |(_, other), _| *other == nick);
        let gone: Vec<_> = gone.map(|(_, writer)| writer).collect();
        self.tell_silent(gone);
    }

    pub(super) fn forget_silent_writers(&mut self) {
        let now = self.now;
        let silent = self.link.writers.others.extract_if(.., |_, writer| writer.silent_at <= now);
        let silent: Vec<_> = silent.map(|(_, writer)| writer).collect();
        self.tell_silent(silent);
    }

    pub(super) fn forget_writers(&mut self) {
        let writers = std::mem::take(&mut self.link.writers.others);
        self.tell_silent(writers.into_values());
    }

    fn tell_silent(&mut self, writers: impl IntoIterator<Item = Writer>) {
        let done = writers.into_iter().map(|Writer { conversation, nick, .. }| Event::Typing {
            conversation,
            nick,
            typing: Typing::Done,
        });
        self.events.extend(done);
    }
}
