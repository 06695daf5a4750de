//! What keys do while a dialog is in front.

use crossterm::event::{KeyCode, KeyEvent};

use super::super::conversation::{Address, ServerId};
use super::super::dialog::{Dialog, Form, Switch};
use super::super::input::Command;
use super::{App, Effect, Link};

impl App {
    /// Whether a dialog took the command.
    pub(super) fn command_of_dialog(&mut self, command: Command) -> bool {
        if matches!(command, Command::Quit | Command::Redraw | Command::Suspend) {
            return false;
        }
        let Some(dialog) = self.dialogs.pop() else {
            return false;
        };
        if matches!(command, Command::Cancel | Command::Interrupt) {
            self.closed(&dialog);
            return true;
        }
        let stays = match dialog {
            Dialog::Connect(form) => self.command_of_form(form, command),
            Dialog::Trust { server, presented } => Some(Dialog::Trust { server, presented }),
            Dialog::Leave { reason, waiting } => Some(Dialog::Leave { reason, waiting }),
            Dialog::Notice { .. } if command == Command::Send => None,
            Dialog::Notice { title, text } => Some(Dialog::Notice { title, text }),
            Dialog::Help(_) if matches!(command, Command::Help | Command::Send) => None,
            Dialog::Help(top) => Some(Dialog::Help(self.scrolled(top, command))),
            Dialog::Switch(switch) => self.command_of_switch(switch, command),
            Dialog::Results(results) => self.command_of_results(results, command),
        };
        self.dialogs.extend(stays);
        true
    }

    /// Whether a dialog took the key.
    pub(super) fn key_of_dialog(&mut self, key: KeyEvent) -> bool {
        let Some(dialog) = self.dialogs.pop() else {
            return false;
        };
        let stays = match dialog {
            Dialog::Connect(mut form) => {
                form.key(key);
                Some(Dialog::Connect(form))
            }
            Dialog::Trust { server, presented } => {
                if matches!(key.code, KeyCode::Char('y' | 'Y')) {
                    self.trust(server, presented.pin());
                    None
                } else if matches!(key.code, KeyCode::Char('n' | 'N')) {
                    self.closed(&Dialog::Trust { server, presented });
                    None
                } else {
                    Some(Dialog::Trust { server, presented })
                }
            }
            Dialog::Leave { reason, waiting } => {
                if matches!(key.code, KeyCode::Char('y' | 'Y')) {
                    self.leave(&reason);
                    None
                } else if matches!(key.code, KeyCode::Char('n' | 'N')) {
                    None
                } else {
                    Some(Dialog::Leave { reason, waiting })
                }
            }
            Dialog::Switch(mut switch) => {
                if let KeyCode::Char(c) = key.code {
                    switch.query.push(c);
                } else if key.code == KeyCode::Backspace {
                    switch.query.pop();
                }
                switch.chosen = 0;
                Some(Dialog::Switch(switch))
            }
            Dialog::Notice { .. } | Dialog::Help(_) | Dialog::Results(_) => Some(dialog),
        };
        self.dialogs.extend(stays);
        true
    }

    pub(super) fn paste_to_dialog(&mut self, text: &str) -> bool {
        match self.dialogs.last_mut() {
            Some(Dialog::Connect(form)) => form.paste(text),
            Some(Dialog::Switch(switch)) => switch.query.extend(text.chars().filter(|c| !c.is_control())),
            Some(_) => {}
            None => return false,
        }
        true
    }

    /// A dialog was closed without an answer.
    fn closed(&mut self, dialog: &Dialog) {
        let over = matches!(dialog, Dialog::Connect(_) | Dialog::Trust { .. });
        if over && self.servers.iter().all(|server| server.link == Link::Ended) {
            self.effects.push(Effect::Quit);
            if let Dialog::Trust { presented, .. } = dialog {
                self.distrusted = Some(presented.server.to_string());
            }
        }
    }

    fn trust(&mut self, id: ServerId, fingerprint: crate::client::Fingerprint) {
        if let Some(server) = self.server_mut(id) {
            server.link = Link::Connecting;
            let login = Box::new(server.login.clone());
            self.effects.push(Effect::Trust(id, login, fingerprint));
        }
    }

    fn command_of_form(&mut self, mut form: Box<Form>, command: Command) -> Option<Dialog> {
        if matches!(command, Command::Complete | Command::Down) {
            form.go(false);
        } else if command == Command::Send && form.go_on() {
            form.error.clear();
        } else if matches!(command, Command::CompleteBack | Command::Up) {
            form.go(true);
        } else if command == Command::Send
            && let Ok(login) = form.login()
        {
            match form.server.filter(|id| self.servers.iter().any(|server| server.id == *id)) {
                Some(id) => self.connect_again(id, login),
                None => self.go_to_server(login),
            }
            return None;
        }
        Some(Dialog::Connect(form))
    }

    fn connect_again(&mut self, id: ServerId, login: super::Login) {
        if let Some(server) = self.server_mut(id) {
            server.link = Link::Connecting;
            server.login = login.clone();
            self.effects.push(Effect::Connect(id, Box::new(login)));
        }
    }

    fn command_of_switch(&mut self, mut switch: Switch, command: Command) -> Option<Dialog> {
        let fitting = self.fitting(&switch.query);
        let last = fitting.len().saturating_sub(1);
        if command == Command::Send {
            if let Some(address) = fitting.get(switch.chosen) {
                self.switch(address.clone());
            }
            return None;
        } else if matches!(command, Command::Down | Command::Complete | Command::Next | Command::Switch) {
            switch.chosen = if switch.chosen >= last { 0 } else { switch.chosen + 1 };
        } else if matches!(command, Command::Up | Command::CompleteBack | Command::Previous) {
            switch.chosen = switch.chosen.checked_sub(1).unwrap_or(last);
        }
        Some(Dialog::Switch(switch))
    }

    /// The conversations whose names have these letters in this order: those with something new first.
    #[must_use]
    pub fn fitting(&self, query: &str) -> Vec<Address> {
        let query = query.to_lowercase();
        let fits = |name: &str| {
            let mut rest = name.chars();
            query.chars().all(|wanted| rest.any(|c| c == wanted))
        };
        let mut found: Vec<_> = self
            .conversations
            .iter()
            .filter(|(address, conversation)| {
                fits(&conversation.name.to_lowercase()) && self.current.as_ref() != Some(*address)
            })
            .map(|(address, conversation)| {
                let begins = address.name.trim_start_matches('#').starts_with(query.trim_start_matches('#'));
                ((!begins, conversation.mentions == 0, conversation.unread == 0), address.clone())
            })
            .collect();
        found.sort();
        found.into_iter().map(|(_, address)| address).collect()
    }
}

/// Where one is in a list after this command.
pub(super) fn moved(at: usize, command: Command, page: usize, last: usize) -> usize {
    let steps =
        [(Command::Down, 1), (Command::ChooseDown, 1), (Command::RowDown, 3), (Command::PageDown, page)];
    let back = [(Command::Up, 1), (Command::ChooseUp, 1), (Command::RowUp, 3), (Command::PageUp, page)];
    let step = |table: [(Command, usize); 4]| {
        table.into_iter().find(|(other, _)| *other == command).map_or(0, |(_, step)| step)
    };
    (at + step(steps)).min(last).saturating_sub(step(back))
}
