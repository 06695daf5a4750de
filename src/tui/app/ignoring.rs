//! People one does not want to hear.

use super::super::conversation::Address;
use super::super::scrollback::Sort;
use super::App;
use crate::client::Event;
use crate::client::event::{Entry, Said};

impl App {
    /// Whether an event is a word of somebody who is ignored. That they come and go is seen all the same.
    pub(super) fn is_ignored(&self, event: &Event) -> bool {
        if let Event::Said(said) = event {
            self.ignores_said(said)
        } else if let Event::Edited(edited) = event {
            self.ignores_said(&edited.said)
        } else if let Event::Reacted(reacted) = event {
            !reacted.own && self.ignores(&reacted.from)
        } else if let Event::Typing { nick, .. } | Event::Invited { by: nick, own: true, .. } = event {
            self.ignores(nick)
        } else {
            false
        }
    }

    /// The same of an entry of history.
    pub(super) fn is_ignored_entry(&self, entry: &Entry) -> bool {
        match entry {
            Entry::Said(said) => self.ignores_said(said),
            Entry::Edited(edited) => self.ignores_said(&edited.said),
            Entry::Reacted(reacted) => !reacted.own && self.ignores(&reacted.from),
            Entry::Redacted(_) => false,
        }
    }

    /// `/ignore`: from now on, or until the same is said again.
    pub(super) fn ignore(&mut self, nick: &str) {
        let nick = nick.trim_start_matches('@');
        let ignored = &mut self.settings.ignore;
        if nick.is_empty() {
            let words = if ignored.is_empty() { "nobody".to_owned() } else { ignored.join(", ") };
            return self.note(&format!("you ignore {words}"), Sort::Note);
        }
        if self.unignore(nick) {
            return;
        }
        self.settings.ignore.push(nick.to_owned());
        let words = format!(
            "you ignore {nick} until you leave, or say /ignore {nick} again; for good: ignore, in the settings"
        );
        self.note(&words, Sort::Note);
    }

    fn unignore(&mut self, nick: &str) -> bool {
        let before = self.settings.ignore.len();
        self.settings.ignore.retain(|other| !other.eq_ignore_ascii_case(nick));
        let is_less = self.settings.ignore.len() < before;
        if is_less {
            self.note(&format!("you hear {nick} again"), Sort::Note);
        }
        is_less
    }

    /// The mask that keeps somebody out: of who is signed in the account, which another nick does not change.
    pub(super) fn mask(&self, address: &Address, nick: &str) -> Option<String> {
        let nick = nick.trim_start_matches('@');
        let server = self.servers.iter().find(|server| server.id == address.server)?;
        // Who was thrown out already may be seen elsewhere.
        let of_server = self.conversations.iter().filter(|(other, _)| other.server == address.server);
        let member = of_server.filter_map(|(_, conversation)| conversation.member(nick)).next()?;
        let account = member.account.as_ref().filter(|_| server.abilities.account_bans)?;
        Some(format!("a:{account}"))
    }

    fn ignores_said(&self, said: &Said) -> bool {
        !said.own
            && (self.ignores(&said.from) || said.account.as_deref().is_some_and(|name| self.ignores(name)))
    }

    fn ignores(&self, name: &str) -> bool {
        self.settings.ignore.iter().any(|other| other.eq_ignore_ascii_case(name))
    }
}
