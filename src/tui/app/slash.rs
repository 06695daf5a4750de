//! Commands that are the screen's own; all others are `client::input`'s.

use std::path::PathBuf;

use crate::client::action::{Action, Kind as Spoken, Mark};
use crate::client::input::{self, moment};
use crate::suggest;

use super::super::conversation::{Address, Kind};
use super::super::input::Command;
use super::super::scrollback::Sort;
use super::{App, Effect, Link, Transfer};

/// A command's name, its arguments, and what it does.
pub const COMMANDS: &[(&str, &str, &str)] = &[
    ("goto", "TIME", "shows what was said then: /goto 2026-11-19, yesterday, 14:00, 2h"),
    ("react", "EMOJI", "reacts to the chosen message, or the last one"),
    ("reply", "TEXT", "answers it"),
    ("query", "USER [TEXT]", "opens the conversation with somebody"),
    ("close", "", "leaves this conversation"),
    ("ignore", "[USER]", "hears nothing of somebody, or again; alone: whom you ignore"),
    ("mute", "", "no bell from this conversation, or again"),
    ("upload", "FILE", "gives a file to the server and says where it is"),
    ("save", "[LINK] [PATH]", "saves the file behind a link: the chosen message's, or the last one"),
    ("connect", "[PROFILE]", "tries at once to come back, or goes to another server"),
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
    Some(input::unknown(name, Some(nearest)))
}

/// The name in the table of what was typed.
fn usual<'a>(name: &'a str, rest: &str, kind: Kind) -> &'a str {
    match name {
        "q" if !rest.is_empty() => "query",
        "reconnect" => "connect",
        "part" | "leave" if kind == Kind::Direct && rest.is_empty() => "close",
        "wc" => "close",
        other => other,
    }
}

impl App {
    /// Does what was typed, if it is one of these.
    pub(super) fn slash(&mut self, address: &Address, text: &str) -> bool {
        let Some(command) = text.strip_prefix('/') else { return false };
        let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let rest = rest.trim();
        let name = name.to_ascii_lowercase();
        if name == "ban" {
            return self.ban(address, rest);
        }
        let name = usual(&name, rest, address.kind);
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
            "query" => self.query(address, rest),
            "close" => self.close(),
            "mute" => self.command(Command::Mute),
            "upload" if !is_console => self.upload(address, conversation, rest),
            "save" => return self.save(address, conversation, rest),
            "ignore" => self.ignore(rest),
            "connect" => self.connect_to(rest),
            _ => return false,
        }
        true
    }

    fn query(&mut self, address: &Address, rest: &str) {
        let (nick, text) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let nick = nick.trim_start_matches('@');
        let there = Address::of(address.server, nick);
        self.open(&there, nick);
        self.switch(there.clone());
        self.perform(address, Action::Watch { nick: nick.to_owned(), on: true });
        if !text.trim().is_empty() {
            let (target, text, kind) = (nick.to_owned(), text.trim().to_owned(), Spoken::Message);
            self.perform_typed(&there, Action::Say { target, text, kind, reply_to: None });
        }
    }

    /// Bans the account of who has one; all else is as it is typed.
    fn ban(&mut self, address: &Address, rest: &str) -> bool {
        let Some(mask) = self.mask(address, rest) else { return false };
        let room =
            self.conversations.get(address).map(|conversation| conversation.name.clone()).unwrap_or_default();
        self.perform(address, Action::Modes { room, change: Some(format!("+b {mask}")) });
        true
    }

    /// Goes to a server of the settings; without a name: back to this one, or to another.
    fn connect_to(&mut self, profile: &str) {
        if !profile.is_empty() {
            match self.settings.server(profile) {
                Ok(server) => self.effects.push(Effect::Profile(server.profile.clone())),
                Err(error) => self.note(&error, Sort::Failure),
            }
            return;
        }
        match self.server().map(|server| (server.id, &server.link)) {
            Some((id, Link::Offline { .. })) => self.act(id, Action::Retry),
            Some(_) | None => self.command(Command::Connect),
        }
    }

    fn upload(&mut self, address: &Address, conversation: String, path: &str) {
        if !self.servers.iter().any(|server| server.id == address.server && server.abilities.uploads) {
            return self.note("this server takes no files", Sort::Failure);
        }
        let path = PathBuf::from(path);
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let id = self.transfer(name, conversation);
        self.perform(address, Action::Upload { id, path });
    }

    /// Whether it was said in full what is to be saved.
    fn save(&mut self, address: &Address, conversation: String, rest: &str) -> bool {
        let (first, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let is_link = first.starts_with("https://");
        let link = if is_link { Some(first.to_owned()) } else { self.nearest_link() };
        let Some(link) = link else { return false };
        let path = if is_link { after.trim() } else { rest };
        let path = PathBuf::from(if path.is_empty() { "." } else { path });
        let id = self.transfer(link.clone(), conversation);
        self.perform(address, Action::Download { id, link, path });
        true
    }

    /// The number of a file on its way.
    fn transfer(&mut self, name: String, conversation: String) -> u64 {
        self.transfers_len += 1;
        self.transfers.push(Transfer { id: self.transfers_len, name, conversation });
        self.transfers_len
    }
}
