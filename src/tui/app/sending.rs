//! What is typed: sent, or read as a command; and what it is about.

use crossterm::event::KeyEvent;

use crate::client::action::{Action, Kind as Spoken, Typing};
use crate::client::input::{self, Context, Input};
use crate::client::text::plain;

use super::super::composer::{About, Composer};
use super::super::conversation::{Address, Conversation, Kind, ServerId};
use super::super::dialog::Dialog;
use super::super::notify::clipboard;
use super::super::scrollback::{Line, Sort};
use super::super::{emoji, format};
use super::{App, Effect, Link, Server, slash};

const NO_SERVER: &str = "there is no connection to this server; F2 connects";
const SURE: &str = "the same key again takes the message back";

impl App {
    pub(super) fn key(&mut self, key: KeyEvent) {
        self.hint.clear();
        if self.key_of_dialog(key) {
            return;
        }
        self.with_composer(|composer| {
            composer.key(key);
        });
        self.tell_typing();
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.hint.clear();
        if !self.paste_to_dialog(text) {
            self.with_composer(|composer| composer.insert(text));
            self.tell_typing();
        }
    }

    pub(super) fn with_composer(&mut self, change: impl FnOnce(&mut Composer)) {
        if let Some(conversation) = self.current_mut() {
            change(&mut conversation.composer);
        }
    }

    /// Shows others that one types, if they are to know and the server tells them.
    fn tell_typing(&mut self) {
        if let Some(address) = self.current.clone() {
            self.tell_typing_in(&address);
        }
    }

    fn tell_typing_in(&mut self, address: &Address) {
        let tells = |server: &Server| {
            server.id == address.server && server.abilities.typing && server.link == Link::Online
        };
        let told = self.settings.typing && address.kind != Kind::Console && self.servers.iter().any(tells);
        let Some(conversation) = self.conversations.get(address).filter(|_| told) else { return };
        let text = conversation.composer.text();
        let typing = match conversation.composer.about {
            // A command, or for others.
            About::New if text.is_empty() || text.starts_with(['/', '#', '@']) => Typing::Done,
            About::Reply { .. } if text.is_empty() => Typing::Done,
            About::New | About::Reply { .. } => Typing::Active,
            About::Edit { .. } | About::React { .. } => return,
        };
        let conversation = conversation.name.clone();
        self.act(address.server, Action::Typing { conversation, typing });
    }

    pub(super) fn send(&mut self) {
        let Some(address) = self.current.clone() else { return };
        let Some(conversation) = self.current_mut() else { return };
        let (text, about) = conversation.composer.take();
        let name = conversation.name.clone();
        if text.trim().is_empty() {
            return;
        }
        self.show_end();
        self.send_about(&address, about, name, &text);
        // What was typed here may have been for somebody else.
        self.tell_typing_in(&address);
    }

    fn send_about(&mut self, address: &Address, about: About, name: String, text: &str) {
        match about {
            About::New => self.enter(address, text),
            About::Edit { msgid } => {
                let text = self.dressed(text);
                self.perform(address, Action::Edit { conversation: name, msgid: Some(msgid), text });
            }
            About::Reply { msgid, .. } => self.say_in_reply(address, name, text, msgid),
            About::React { msgid, .. } => self.react(address, msgid, text),
        }
    }

    pub(super) fn say_in_reply(&mut self, address: &Address, target: String, text: &str, msgid: String) {
        let text = self.dressed(text);
        let kind = Spoken::Message;
        self.perform(address, Action::Say { target, text, kind, reply_to: Some(msgid) });
    }

    /// Reacts to a message; takes it back if that was done before.
    pub(super) fn react(&mut self, address: &Address, msgid: String, typed: &str) {
        let Some(reaction) = emoji::reaction(typed) else {
            return self.note("a reaction is one emoji, such as :+1: or 🎉", Sort::Failure);
        };
        let me = self.nick(address.server);
        let Some(conversation) = self.conversations.get(address) else { return };
        let lines = conversation.shown().0;
        let line = lines.find_message(&msgid).and_then(|place| lines.line(place));
        let extra = line.and_then(|line| lines.extra(line.key));
        let mine = extra.is_some_and(|extra| {
            let mut same = extra.reactions.iter().filter(|(other, _)| *other == reaction);
            same.any(|(_, nicks)| nicks.iter().any(|nick| nick.eq_ignore_ascii_case(&me)))
        });
        let conversation = conversation.name.clone();
        self.perform(address, Action::React { conversation, msgid, reaction, on: !mine });
    }

    /// Takes what was typed: a command, or something to say.
    fn enter(&mut self, address: &Address, text: &str) {
        let room = match address.kind {
            Kind::Console => String::new(),
            Kind::Room | Kind::Direct => self
                .conversations
                .get(address)
                .map_or_else(String::new, |conversation| conversation.name.clone()),
        };
        if self.slash(address, text) {
            return;
        }
        let is_long = text.contains('\n') && !text.starts_with(['/', '#', '@']);
        let read = if is_long {
            let (target, text) = (room, text.to_owned());
            Input::Do(Action::Say { target, text, kind: Spoken::Message, reply_to: None })
        } else {
            input::read(text, Context { room: &room, now: self.now, shortcuts: true })
        };
        match read {
            Input::Nothing => {}
            Input::Do(action) => self.perform_typed(address, action),
            Input::In(room, action) => {
                let there = Address::of(address.server, &room);
                self.open(&there, &room);
                self.switch(there);
                if let Some(action) = action {
                    self.perform_typed(address, action);
                }
            }
            Input::Help => self.dialogs.push(Dialog::Help(0)),
            Input::Quit(reason) => self.quit(&reason),
            Input::Wrong(reason) => self.note(&slash::meant(text).unwrap_or(reason), Sort::Failure),
        }
    }

    pub(super) fn perform_typed(&mut self, address: &Address, action: Action) {
        if let Action::Say { target, text, kind, reply_to } = action {
            if target.is_empty() {
                let words = "this is no conversation: /join ROOM enters one, @user TEXT begins one";
                return self.note(words, Sort::Failure);
            }
            let there = Address::of(address.server, &target);
            self.open(&there, &target);
            self.switch(there);
            let text = self.dressed(&text);
            return self.perform(address, Action::Say { target, text, kind, reply_to });
        }
        if let Action::Search(search) = action {
            return match self.is_running(address.server) {
                true => self.begin_search(address.server, search),
                false => self.note(NO_SERVER, Sort::Failure),
            };
        }
        if let Action::History { conversation, stretch } = action {
            return self.show_history(address.server, &conversation, stretch);
        }
        self.ask(address, &action);
        self.perform(address, action);
    }

    pub(super) fn perform(&mut self, address: &Address, action: Action) {
        if self.is_running(address.server) {
            self.act(address.server, action);
        } else {
            self.note(NO_SERVER, Sort::Failure);
        }
    }

    fn is_running(&self, id: ServerId) -> bool {
        self.servers.iter().any(|server| server.id == id && server.link != Link::Ended)
    }

    /// What is typed, as it is sent.
    fn dressed(&self, typed: &str) -> String {
        let text = if self.settings.emoji { emoji::replace(typed) } else { typed.to_owned() };
        if self.settings.marks { format::encode(&text) } else { text }
    }

    /// What was sent, as it is typed.
    pub(super) fn undressed(&self, text: &str) -> String {
        if self.settings.marks { format::decode(text) } else { text.to_owned() }
    }

    /// The message that one chose; else the last one that fits.
    fn chosen(&self, fits: impl Fn(&Line<'_>) -> bool) -> Option<Line<'_>> {
        let conversation = self.conversation()?;
        let lines = conversation.shown().0;
        if let Some(key) = conversation.selected {
            return lines.line(lines.find(key)?).filter(|line| !line.msgid.is_empty());
        }
        let mut place = lines.last();
        while let Some(line) = place.and_then(|place| lines.line(place)) {
            if fits(&line) && !line.msgid.is_empty() && !line.marks.redacted {
                return Some(line);
            }
            place = place.and_then(|place| lines.before(place));
        }
        None
    }

    /// The message that one chose, or the last one of somebody else: its id and who said it.
    pub(super) fn chosen_of_others(&self) -> Option<(String, String)> {
        let line = self.chosen(|line| !line.marks.own && is_said(line))?;
        Some((line.msgid.to_owned(), line.nick.to_owned()))
    }

    pub(super) fn begin_reply(&mut self) {
        let about = self.chosen_of_others().map(|(msgid, nick)| About::Reply { msgid, nick });
        let can = self.server().is_some_and(|server| server.abilities.replies);
        self.begin_about(about, can, "this server carries no replies");
    }

    pub(super) fn begin_reaction(&mut self) {
        let about = self.chosen_of_others().map(|(msgid, nick)| About::React { msgid, nick });
        let can = self.server().is_some_and(|server| server.abilities.reactions);
        self.begin_about(about, can, "this server carries no reactions");
    }

    fn begin_about(&mut self, about: Option<About>, can: bool, cannot: &str) {
        match about {
            Some(about) if can => self.with_composer(|composer| composer.about = about),
            Some(_) => self.hint = cannot.to_owned(),
            None => self.hint = "no message to answer".into(),
        }
    }

    pub(super) fn begin_edit(&mut self) {
        let own = |line: &Line<'_>| line.marks.own && is_said(line);
        let chosen = self.chosen(own).filter(own);
        let chosen = chosen.map(|line| (line.msgid.to_owned(), self.undressed(line.text)));
        let can = self.server().is_some_and(|server| server.abilities.edits);
        match chosen {
            Some((msgid, text)) if can => self.with_composer(|composer| {
                composer.set(&text);
                composer.about = About::Edit { msgid };
            }),
            Some(_) => self.hint = "this server can't change messages".into(),
            None => self.hint = "no message of yours to change".into(),
        }
    }

    pub(super) fn delete(&mut self, sure: bool) {
        let Some(address) = self.current.clone() else { return };
        let own = |line: &Line<'_>| line.marks.own && is_said(line);
        let msgid = self.chosen(own).map(|line| line.msgid.to_owned());
        match msgid {
            Some(msgid) if sure => {
                let conversation = self.conversation().map(|c| c.name.clone()).unwrap_or_default();
                self.perform(&address, Action::Redact { conversation, msgid: Some(msgid) });
            }
            Some(_) => self.hint = SURE.into(),
            None => self.hint = "no message of yours to take back".into(),
        }
    }

    pub(super) fn open_link(&mut self) {
        match self.nearest_link() {
            Some(link) => self.effects.push(Effect::Open(link)),
            None => self.hint = "no link there".into(),
        }
    }

    /// The link in the chosen message, or the last one.
    pub(super) fn nearest_link(&self) -> Option<String> {
        self.chosen(|line| first_link(line.text).is_some()).and_then(|line| first_link(line.text))
    }

    /// Gives the chosen message, or the last one, to the terminal's clipboard.
    pub(super) fn copy(&mut self) {
        let text =
            self.chosen(is_said).map(|line| line.text.split('\n').map(plain).collect::<Vec<_>>().join("\n"));
        let Some(text) = text else {
            self.hint = "no message to copy".into();
            return;
        };
        self.effects.push(Effect::Ring(clipboard(&text, self.in_tmux)));
        self.hint = "copied, if the terminal allows it".into();
    }

    /// Whether the hint asks for the same key again.
    pub(super) fn is_asked_twice(&self) -> bool {
        self.hint == SURE
    }

    /// Leaves a conversation: a room for good, a direct one until somebody writes, a server's with the server.
    pub(super) fn close(&mut self) {
        let Some(address) = self.current.clone() else { return };
        let Some(Conversation { name, joined, .. }) = self.conversation() else { return };
        let (room, joined) = (name.clone(), *joined);
        match address.kind {
            Kind::Console => return self.perform(&address, Action::Quit { reason: String::new() }),
            Kind::Room if joined => self.perform(&address, Action::Part { room }),
            Kind::Room | Kind::Direct => {}
        }
        self.remove(&address);
    }

    /// A conversation is listed no longer; who was there is where they were before.
    pub(super) fn remove(&mut self, address: &Address) {
        if self.current.as_ref() == Some(address) {
            let next = self.previous.clone().filter(|previous| self.conversations.contains_key(previous));
            self.switch(next.unwrap_or(Address::console(address.server)));
            self.previous = None;
        }
        self.remember_now();
        if let Some(closed) = self.conversations.remove(address) {
            self.lines_len -= closed.lines.len();
        }
    }
}

fn is_said(line: &Line<'_>) -> bool {
    matches!(line.sort, Sort::Message | Sort::Action)
}

/// The first link of a text.
fn first_link(text: &str) -> Option<String> {
    text.split('\n').map(plain).find_map(|line| {
        let link = format::links(&line).into_iter().next()?;
        line.get(link).map(str::to_owned)
    })
}
