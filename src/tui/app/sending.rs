//! What is typed: sent, completed, read as a command.

use crossterm::event::KeyEvent;

use crate::client::action::{Action, Kind as Spoken};
use crate::client::input::{self, Context, Input};

use super::super::composer::About;
use super::super::conversation::{Address, Kind};
use super::super::dialog::{Dialog, Results};
use super::super::scrollback::{Line, Sort};
use super::{App, Link};

impl App {
    pub(super) fn key(&mut self, key: KeyEvent) {
        self.hint.clear();
        if self.key_of_dialog(key) {
            return;
        }
        self.with_composer(|composer| {
            composer.key(key);
        });
    }

    pub(super) fn paste(&mut self, text: &str) {
        if !self.paste_to_dialog(text) {
            self.with_composer(|composer| composer.insert(text));
        }
    }

    pub(super) fn send(&mut self) {
        let Some(address) = self.current.clone() else { return };
        let Some(conversation) = self.current_mut() else { return };
        conversation.selected = None;
        let (text, about) = conversation.composer.take();
        let conversation = conversation.name.clone();
        if text.trim().is_empty() {
            return;
        }
        self.to_end();
        match about {
            About::New => self.enter(&address, &text),
            About::Edit { .. } => self.act(address.server, Action::Edit { conversation, text }),
            About::Reply { .. } | About::React { .. } => self.enter(&address, &text),
        }
    }

    /// Takes what was typed: a command, or something to say.
    fn enter(&mut self, address: &Address, text: &str) {
        let room = match address.kind {
            Kind::Console => String::new(),
            Kind::Room | Kind::Direct => self.conversations.get(address).map_or_else(String::new, |c| c.name.clone()),
        };
        let has_lines = text.contains('\n');
        let read = if has_lines && !text.starts_with('/') {
            Input::Do(Action::Say { target: room.clone(), text: text.to_owned(), kind: Spoken::Message })
        } else {
            input::read(text, Context { room: &room, now: self.now, shortcuts: true })
        };
        match read {
            Input::Nothing => {}
            Input::Do(action) => self.perform(address, action),
            Input::In(room, action) => {
                let there = Address::of(address.server, &room);
                self.open(&there, &room);
                self.switch(there);
                if let Some(action) = action {
                    self.perform(address, action);
                }
            }
            Input::Help => self.dialogs.push(Dialog::Help(0)),
            Input::Quit(reason) => self.quit(&reason),
            Input::Wrong(text) => self.note(&text, Sort::Failure),
        }
    }

    fn perform(&mut self, address: &Address, action: Action) {
        match &action {
            Action::Say { target, .. } if target.is_empty() => {
                return self.note("this is no conversation: /join ROOM enters one, @user TEXT begins one", Sort::Failure);
            }
            Action::Say { target, .. } => {
                let there = Address::of(address.server, target);
                let target = target.clone();
                self.open(&there, &target);
                self.switch(there);
            }
            Action::Search(_) => self.dialogs.push(Dialog::Results(Results::default())),
            _ => {}
        }
        let online = self.servers.iter().any(|s| s.id == address.server && s.link != Link::Ended);
        if online {
            self.act(address.server, action);
        } else {
            self.note("there is no connection to this server; F2 connects", Sort::Failure);
        }
    }

    pub(super) fn complete(&mut self, _back: bool) {}

    /// The message that one chose; else the last one that fits.
    fn chosen(&self, fits: impl Fn(&Line<'_>) -> bool) -> Option<Line<'_>> {
        let conversation = self.conversation()?;
        let lines = conversation.shown().0;
        if let Some(key) = conversation.selected {
            return lines.line(lines.find(key)?);
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

    pub(super) fn begin_reply(&mut self) {
        let chosen = self.chosen(|line| !line.marks.own && matches!(line.sort, Sort::Message | Sort::Action));
        let about = chosen.map(|line| About::Reply { msgid: line.msgid.to_owned(), nick: line.nick.to_owned() });
        self.begin_about(about);
    }

    pub(super) fn begin_reaction(&mut self) {
        let chosen = self.chosen(|line| !line.marks.own && matches!(line.sort, Sort::Message | Sort::Action));
        let about = chosen.map(|line| About::React { msgid: line.msgid.to_owned(), nick: line.nick.to_owned() });
        self.begin_about(about);
    }

    fn begin_about(&mut self, about: Option<About>) {
        match about {
            Some(about) => self.with_composer(|composer| composer.about = about),
            None => self.hint = "no message to answer".into(),
        }
    }

    pub(super) fn edit_last(&mut self) {
        if let Some(conversation) = self.current_mut() {
            conversation.selected = None;
        }
        self.begin_edit();
    }

    pub(super) fn begin_edit(&mut self) {
        let own = |line: &Line<'_>| line.marks.own && matches!(line.sort, Sort::Message | Sort::Action);
        let chosen = self.chosen(own).filter(own).map(|line| (line.msgid.to_owned(), line.text.to_owned()));
        match chosen {
            Some((msgid, text)) => self.with_composer(|composer| {
                composer.set(&text);
                composer.about = About::Edit { msgid };
            }),
            None => self.hint = "no message of yours to change".into(),
        }
    }

    pub(super) fn delete(&mut self) {
        let Some(address) = self.current.clone() else { return };
        let conversation = self.conversation().map(|c| c.name.clone()).unwrap_or_default();
        self.act(address.server, Action::Redact { conversation });
    }

    pub(super) fn open_link(&mut self) {}
}
