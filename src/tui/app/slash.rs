//! Commands that are the screen's own; all others are `client::input`'s.

use std::path::PathBuf;

use crate::client::action::{Action, Mark};
use crate::client::input::{self, moment};

use super::super::conversation::{Address, Kind};
use super::super::input::Command;
use super::super::scrollback::Sort;
use super::super::suggest;
use super::{App, Upload};

/// A command's name, its arguments, and what it does.
pub const COMMANDS: &[(&str, &str, &str)] = &[
    ("goto", "TIME", "shows what was said then: /goto 2026-11-19, yesterday, 14:00, 2h"),
    ("react", "EMOJI", "reacts to the chosen message, or the last one"),
    ("reply", "TEXT", "answers it"),
    ("query", "USER", "opens the conversation with somebody"),
    ("close", "", "leaves this conversation"),
    ("mute", "", "no bell from this conversation, or again"),
    ("modes", "[CHANGE]", "shows or sets the room's modes, such as +m or +o bob"),
    ("upload", "FILE", "gives a file to the server and says where it is"),
    ("connect", "", "goes to another server"),
];

/// All commands there are.
pub fn all() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    input::COMMANDS.iter().chain(COMMANDS)
}

/// The command of this table that was meant by one that nobody knows.
pub(super) fn meant(typed: &str) -> Option<String> {
    let name = typed.strip_prefix('/')?.split_whitespace().next()?;
    let nearest = suggest::nearest(name, all().map(|row| row.0))?;
    COMMANDS.iter().find(|row| row.0 == nearest && nearest != name)?;
    Some(format!("unknown command /{name}; did you mean /{nearest}? (//{name} says it as text)"))
}

impl App {
    /// Does what was typed, if it is one of these.
    pub(super) fn slash(&mut self, address: &Address, text: &str) -> bool {
        let Some(command) = text.strip_prefix('/') else { return false };
        let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let rest = rest.trim();
        let name = name.to_ascii_lowercase();
        let Some(row) = COMMANDS.iter().find(|row| row.0 == name) else { return false };
        let needs = !row.1.is_empty() && !row.1.starts_with('[');
        let done = !(needs && rest.is_empty()) && self.do_slash(address, row.0, rest);
        if !done {
            self.note(&format!("usage: /{} {} — {}", row.0, row.1, row.2), Sort::Failure);
        }
        true
    }

    fn do_slash(&mut self, address: &Address, name: &str, rest: &str) -> bool {
        let is_console = address.kind == Kind::Console;
        let conversation = self.conversations.get(address).map(|c| c.name.clone()).unwrap_or_default();
        match name {
            "goto" if !is_console => {
                let Some(at) = moment(rest, self.now) else { return false };
                self.jump_to(address, Mark { msgid: None, at });
            }
            "react" => match self.chosen_of_others() {
                Some((msgid, _)) => self.react(address, msgid, rest),
                None => self.note("no message to react to", Sort::Failure),
            },
            "reply" => match self.chosen_of_others() {
                Some((msgid, _)) => self.say_in_reply(address, conversation, rest, msgid),
                None => self.note("no message to answer", Sort::Failure),
            },
            "query" => {
                let nick = rest.trim_start_matches('@');
                let there = Address::of(address.server, nick);
                self.open(&there, nick);
                self.switch(there);
                self.perform(address, Action::Watch { nick: nick.to_owned(), on: true });
            }
            "close" => self.close(),
            "mute" => self.command(Command::Mute),
            "modes" if address.kind == Kind::Room => {
                let change = Some(rest.to_owned()).filter(|change| !change.is_empty());
                self.perform(address, Action::Modes { room: conversation, change });
            }
            "upload" if !is_console => self.upload(address, conversation, rest),
            "connect" => self.command(Command::Connect),
            _ => return false,
        }
        true
    }

    fn upload(&mut self, address: &Address, conversation: String, path: &str) {
        if !self.servers.iter().any(|server| server.id == address.server && server.abilities.uploads) {
            return self.note("this server takes no files", Sort::Failure);
        }
        let path = PathBuf::from(path);
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.uploads_len += 1;
        let id = self.uploads_len;
        self.uploads.push(Upload { id, name, conversation });
        self.perform(address, Action::Upload { id, path });
    }
}
