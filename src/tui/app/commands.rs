//! What the keys of the table do, and the mouse.

use ratatui::layout::Position;

use super::super::composer::{About, Composer};
use super::super::conversation::{Address, Anchor, Kind};
use super::super::dialog::{Dialog, Form, Known, Switch};
use super::super::input::Command;
use super::super::scroll;
use super::super::scrollback::{Key, Place, Sort};
use super::{App, Effect, Link, Pointer};

/// Rows that the wheel moves.
const WHEEL_ROWS: usize = 3;
/// As many as there are digits but zero.
const NUMBERED_MAX: u8 = 9;

impl App {
    pub(super) fn command(&mut self, command: Command) {
        let sure = command == Command::Delete && self.is_asked_twice();
        let interrupted = command == Command::Interrupt && !self.hint.is_empty();
        self.hint.clear();
        if self.command_of_dialog(command) {
            return;
        }
        match command {
            Command::Help => self.dialogs.push(Dialog::Help(0)),
            Command::Send => self.send(),
            Command::NewLine => self.with_composer(Composer::new_line),
            Command::Complete | Command::CompleteBack => self.complete(command == Command::CompleteBack),
            Command::Cancel => self.cancel(),
            Command::Up => self.up(),
            Command::Down => self.down(),
            Command::Older => self.with_composer(|composer| {
                composer.older();
            }),
            Command::Newer => self.with_composer(|composer| {
                composer.newer();
            }),
            Command::Switch => self.dialogs.push(Dialog::Switch(Switch::default())),
            Command::Next | Command::Previous => self.step(command == Command::Previous),
            Command::Numbered(number) => self.go_to_number(number),
            Command::NextUnread => self.next_unread(),
            Command::Last => self.back(),
            Command::PageUp => self.scroll_up(self.page_rows()),
            Command::PageDown => self.scroll_down(self.page_rows()),
            Command::RowUp => self.scroll_up(WHEEL_ROWS),
            Command::RowDown => self.scroll_down(WHEEL_ROWS),
            Command::ToNew => self.show_new(),
            Command::ToEnd => self.show_end(),
            Command::ChooseUp | Command::ChooseDown => self.choose(command == Command::ChooseUp),
            Command::Reply => self.begin_reply(),
            Command::React => self.begin_reaction(),
            Command::Edit => self.begin_edit(),
            Command::Delete => self.delete(sure),
            Command::OpenLink => self.open_link(),
            Command::Copy => self.copy(),
            Command::Search => self.begin("/search "),
            Command::Goto => self.begin("/goto "),
            Command::List => self.shows_list = !self.shows_list,
            Command::People => self.shows_people = !self.shows_people,
            Command::Bare => {
                self.is_bare = !self.is_bare;
                self.effects.push(Effect::Mouse(self.settings.mouse && !self.is_bare));
            }
            Command::Mute => self.mute(),
            Command::Connect => {
                let known = Known { port: super::super::PORT, ..Known::default() };
                let ended = self.server().filter(|server| server.link == Link::Ended);
                let form = ended.map(|server| Form::of(server.id, &server.login));
                let form = form.unwrap_or_else(|| Form::new(&known, None));
                self.dialogs.push(Dialog::Connect(Box::new(form)));
            }
            Command::Redraw => self.effects.push(Effect::Redraw),
            Command::Suspend => self.effects.push(Effect::Suspend),
            Command::Interrupt => self.interrupt(interrupted),
            Command::Quit => self.quit(""),
        }
    }

    fn interrupt(&mut self, again: bool) {
        let typed = self.conversation().is_some_and(|conversation| !conversation.composer.is_empty());
        if typed {
            self.with_composer(Composer::cancel);
        } else if again {
            self.quit("");
        } else {
            self.hint = "Ctrl-C again leaves".into();
        }
    }

    fn cancel(&mut self) {
        let Some(conversation) = self.current_mut() else { return };
        if conversation.selected.take().is_some() && conversation.composer.about == About::New {
            return;
        }
        if conversation.composer.about != About::New {
            conversation.composer.cancel();
        } else if !conversation.is_at_end() {
            self.show_end();
        }
    }

    fn up(&mut self) {
        let Some(conversation) = self.current_mut() else { return };
        let composer = &mut conversation.composer;
        if composer.is_empty() && composer.about == About::New && !composer.is_back() {
            conversation.selected = None;
            return self.begin_edit();
        }
        if composer.at_edge().0 {
            composer.older();
        } else {
            composer.area.move_cursor(ratatui_textarea::CursorMove::Up);
        }
    }

    fn down(&mut self) {
        self.with_composer(|composer| {
            if composer.at_edge().1 {
                composer.newer();
            } else {
                composer.area.move_cursor(ratatui_textarea::CursorMove::Down);
            }
        });
    }

    /// Types the beginning of a command, if nothing else is typed.
    fn begin(&mut self, text: &str) {
        self.with_composer(|composer| {
            if composer.is_empty() {
                composer.set(text);
            }
        });
    }

    fn step(&mut self, back: bool) {
        let names: Vec<Address> = self.conversations.keys().cloned().collect();
        let here = self.current.as_ref().and_then(|current| names.iter().position(|name| name == current));
        let (Some(here), len) = (here, names.len()) else { return };
        let there = (here + if back { len - 1 } else { 1 }) % len;
        self.switch(names[there].clone());
    }

    /// The conversations that have a number, in the order of the list; those of a server's own words have none.
    pub fn numbered(&self) -> impl Iterator<Item = (u8, &Address)> {
        let conversations = self.conversations.keys().filter(|address| address.kind != Kind::Console);
        (1..=NUMBERED_MAX).zip(conversations)
    }

    fn go_to_number(&mut self, number: u8) {
        let found = self.numbered().find(|(other, _)| *other == number);
        match found.map(|(_, address)| address.clone()) {
            Some(address) => self.switch(address),
            None => self.hint = format!("there is no conversation {number}"),
        }
    }

    fn next_unread(&mut self) {
        let behind = |address: &&Address| Some(*address) > self.current.as_ref();
        let unread = |address: &&Address, named: bool| {
            self.conversations.get(*address).is_some_and(|conversation| {
                if named { conversation.mentions > 0 } else { conversation.unread > 0 }
            })
        };
        let find = |named: bool| {
            let mut waiting = self.conversations.keys().filter(|address| unread(address, named));
            waiting.clone().find(behind).or_else(|| waiting.next()).cloned()
        };
        match find(true).or_else(|| find(false)) {
            Some(address) => self.switch(address),
            None => self.hint = "nothing new".into(),
        }
    }

    pub(super) fn page_rows(&self) -> usize {
        usize::from(self.layout().messages.height).saturating_sub(2).max(1)
    }

    pub(super) fn scroll_up(&mut self, count: usize) {
        let height = usize::from(self.layout().messages.height);
        self.move_view(|rows, anchor| scroll::up(rows, anchor, count, height));
    }

    pub(super) fn scroll_down(&mut self, count: usize) {
        self.move_view(|rows, anchor| scroll::down(rows, anchor, count));
    }

    pub(super) fn move_view(&mut self, go: impl FnOnce(super::Rows<'_>, Anchor) -> Anchor) {
        let Some(conversation) = self.conversation() else { return };
        let anchor = go(self.rows(conversation), conversation.shown().1);
        if let Some(conversation) = self.current_mut() {
            *conversation.shown_mut().1 = anchor;
        }
    }

    /// Puts a line of the current conversation into the middle.
    pub(super) fn show_line(&mut self, place: Place) {
        let height = usize::from(self.layout().messages.height);
        self.move_view(|rows, _| scroll::centre(rows, place, height));
    }

    pub(super) fn show_end(&mut self) {
        if let Some(conversation) = self.current_mut() {
            conversation.excursion = None;
            conversation.anchor = Anchor::End;
            conversation.selected = None;
        }
    }

    fn show_new(&mut self) {
        let place = self
            .conversation()
            .and_then(|conversation| conversation.lines.at_or_after(conversation.new_from?));
        match place {
            Some(place) => self.show_line(place),
            None => self.hint = "nothing is new here".into(),
        }
    }

    /// Chooses the message above or below the chosen one, and keeps it on the screen.
    fn choose(&mut self, up: bool) {
        let Some(conversation) = self.conversation() else { return };
        let lines = conversation.shown().0;
        let visible = |anchor| {
            let height = usize::from(self.layout().messages.height);
            scroll::visible(self.rows(conversation), anchor, height)
        };
        let seen: Vec<Key> = visible(conversation.shown().1).into_iter().map(|(key, _)| key).collect();
        let mut place = match conversation.selected.and_then(|key| lines.find(key)) {
            Some(place) => {
                if up {
                    lines.before(place)
                } else {
                    lines.after(place)
                }
            }
            None => seen.last().and_then(|key| lines.find(*key)),
        };
        let is_message = |place| {
            lines
                .line(place)
                .is_some_and(|line| matches!(line.sort, Sort::Message | Sort::Action | Sort::Notice))
        };
        while let Some(there) = place.filter(|place| !is_message(*place)) {
            place = if up { lines.before(there) } else { lines.after(there) };
        }
        let Some(place) = place else { return };
        let Some(key) = lines.line(place).map(|line| line.key) else { return };
        let hidden = !seen.contains(&key);
        if let Some(conversation) = self.current_mut() {
            conversation.selected = Some(key);
        }
        if hidden {
            self.show_line(place);
        }
    }

    fn mute(&mut self) {
        if let Some(conversation) = self.current_mut() {
            conversation.muted = !conversation.muted;
            self.hint = if conversation.muted { "muted" } else { "no longer muted" }.into();
        }
    }

    pub(super) fn mouse(&mut self, pointer: Pointer, column: u16, row: u16) {
        let layout = self.layout();
        let at = Position::new(column, row);
        match pointer {
            Pointer::Up => self.scroll_up(WHEEL_ROWS),
            Pointer::Down => self.scroll_down(WHEEL_ROWS),
            Pointer::Click if !self.dialogs.is_empty() => {}
            Pointer::Click if layout.list.contains(at) => {
                let names = super::super::view::list_window(self, layout.list.height);
                if let Some(address) = names.into_iter().nth(usize::from(row - layout.list.y)) {
                    self.switch(address);
                }
            }
            Pointer::Click if layout.messages.contains(at) => {
                let Some(conversation) = self.conversation() else { return };
                let height = usize::from(layout.messages.height);
                let seen = scroll::visible(self.rows(conversation), conversation.shown().1, height);
                let blank = height - seen.len();
                let key =
                    usize::from(row - layout.messages.y).checked_sub(blank).and_then(|index| seen.get(index));
                let key = key.map(|(key, _)| *key);
                if let Some(conversation) = self.current_mut() {
                    conversation.selected = key.filter(|key| conversation.selected != Some(*key));
                }
            }
            Pointer::Click => {}
        }
    }
}
