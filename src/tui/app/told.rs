//! What sessions tell, taken into the screen's state.

use crate::client::event::{End, Entry, Event, Fatal, Known, Progress};

use super::super::conversation::{Address, ServerId};
use super::super::dialog::Dialog;
use super::super::scrollback::Sort;
use super::{App, Effect, Link};
use crate::client::{Action, Identity};

impl App {
    pub(super) fn told(&mut self, server: ServerId, event: Event) {
        match event {
            Event::Said(said) => self.said(server, &said),
            Event::Outgoing(outgoing) => self.outgoing(server, &outgoing),
            Event::Edited(edited) => self.change(server, Entry::Edited(edited)),
            Event::Redacted(redacted) => self.change(server, Entry::Redacted(redacted)),
            Event::Reacted(reacted) => self.change(server, Entry::Reacted(reacted)),
            Event::Joined { .. }
            | Event::Left { .. }
            | Event::Quit { .. }
            | Event::Renamed { .. }
            | Event::RoomRenamed { .. }
            | Event::Changed { .. }
            | Event::Topic { .. }
            | Event::Members { .. }
            | Event::Role { .. }
            | Event::Mode { .. }
            | Event::Typing { .. } => self.told_of_people(server, event),
            Event::Marked { conversation, at } => self.marked(server, &conversation, at),
            Event::CaughtUp { conversation } => self.caught_up(server, &conversation),
            Event::Page(page) => self.page(server, &page),
            Event::NoPage { conversation, place, reason } => {
                self.no_page(server, &conversation, place, &reason);
            }
            Event::Conversations(known) => self.known(server, known),
            Event::SearchEnd { more, .. } => self.search_end(more),
            Event::Failed { reason, unsent: Some(unsent) } => self.unsent(server, &unsent, &reason),
            Event::Failed { reason, unsent: None } => {
                // What was being searched for will not come.
                self.dialogs
                    .retain(|dialog| !matches!(dialog, Dialog::Results(results) if !results.complete));
                let near = self.near(server);
                self.note_in(&near, &reason, Sort::Failure);
            }
            Event::ShutOut { room, reason } => self.shut_out(server, &room, &reason),
            Event::Secured(_)
            | Event::Online { .. }
            | Event::Abilities(_)
            | Event::Lag(_)
            | Event::SignedUp { .. }
            | Event::Offline { .. }
            | Event::Ended(_) => self.told_of_link(server, event),
            Event::Rooms(_)
            | Event::Whois { .. }
            | Event::Invited { .. }
            | Event::Modes { .. }
            | Event::Transfer(_)
            | Event::Info(_) => self.told_aside(server, event),
            Event::HistoryEnd { .. } | Event::Settled | Event::TopicSetter { .. } | Event::Account { .. } => {
            }
        }
    }

    fn told_of_link(&mut self, id: ServerId, event: Event) {
        let console = Address::console(id);
        let Some(server) = self.server_mut(id) else { return };
        if let Event::Secured(security) = event {
            let words = format!("{} with {}", security.version, security.key_exchange);
            server.security = Some(security);
            self.note_in(&console, &format!("the connection is protected by {words}"), Sort::Note);
        } else if let Event::Online { nick, network, again } = event {
            self.online(id, &nick, network, again);
        } else if let Event::Abilities(abilities) = event {
            server.abilities = abilities;
        } else if let Event::Lag(lag) = event {
            server.lag = Some(lag);
        } else if let Event::SignedUp { account } = event {
            if let Identity::SignUp { name, password, .. } = &server.login.identity {
                server.login.identity = Identity::sign_in(name.clone().into(), password.clone());
            }
            self.note_in(&console, &format!("the account {account} is yours"), Sort::Note);
        } else if let Event::Offline { reason, retry_in } = event {
            let retry_ms = i64::try_from(retry_in.as_millis()).unwrap_or(i64::MAX);
            self.offline(id, reason, retry_ms);
        } else if let Event::Ended(end) = event {
            self.ended(id, end);
        }
    }

    /// Answers and words that belong to no conversation: they stand where one is.
    fn told_aside(&mut self, server: ServerId, event: Event) {
        if let Event::Rooms(rooms) = event {
            for room in rooms {
                self.note_near(server, &format!("{}  {}  {}", room.name, room.members, room.topic));
            }
        } else if let Event::Whois { nick, facts } = event {
            for fact in facts {
                self.note_near(server, &format!("{nick}: {fact}"));
            }
        } else if let Event::Invited { by, nick, room, own } = event {
            if own {
                self.note_near(server, &format!("{by} invites you to {room}; /join {room} follows"));
            } else {
                let text = format!("{by} invited {nick}");
                self.note_in(&Address::of(server, &room), &text, Sort::Happening);
            }
        } else if let Event::Modes { room, modes } = event {
            self.note_near(server, &format!("modes of {room}: {modes}"));
        } else if let Event::Transfer(transfer) = event {
            self.transferred(server, transfer.id, &transfer.progress);
        } else if let Event::Info(text) = event {
            self.note_near(server, &text);
        }
    }

    /// Where a word of this server is best seen: where one is, if one is there.
    pub(super) fn near(&self, server: ServerId) -> Address {
        self.current.clone().filter(|current| current.server == server).unwrap_or(Address::console(server))
    }

    pub(super) fn note_near(&mut self, server: ServerId, text: &str) {
        let near = self.near(server);
        self.note_in(&near, text, Sort::Note);
    }

    fn online(&mut self, id: ServerId, nick: &str, network: Option<String>, again: bool) {
        let Some(server) = self.server_mut(id) else { return };
        server.link = Link::Online;
        nick.clone_into(&mut server.nick);
        if let Some(network) = network.filter(|_| server.login.profile.is_none()) {
            server.label = network;
        }
        let label = server.label.clone();
        let words = format!("connected{} to {label} as {nick}", if again { " again" } else { "" });
        let console = Address::console(id);
        if let Some(conversation) = self.conversations.get_mut(&console) {
            conversation.name = label;
        }
        self.note_in(&console, &words, Sort::Note);
        self.ask_anew(id);
    }

    fn offline(&mut self, id: ServerId, reason: String, retry_ms: i64) {
        let retry_at = self.now.after_ms(retry_ms);
        self.note_in(&Address::console(id), &format!("connection lost: {reason}"), Sort::Failure);
        if let Some(server) = self.server_mut(id) {
            server.link = Link::Offline { reason, retry_at };
            server.lag = None;
        }
        self.ask_anew(id);
    }

    fn ended(&mut self, id: ServerId, end: End) {
        let Some(server) = self.server_mut(id) else { return };
        server.link = Link::Ended;
        match end {
            End::Quit => self.gone(id),
            End::Fatal(fatal) => self.fatal(id, &fatal),
        }
    }

    /// One left a server.
    fn gone(&mut self, id: ServerId) {
        self.remember_now();
        self.lose_all(id);
        self.servers.retain(|server| server.id != id);
        self.conversations.retain(|address, _| address.server != id);
        self.lines_len = self.conversations.values().map(|conversation| conversation.lines.len()).sum();
        if self.current.as_ref().is_some_and(|current| current.server == id) {
            self.current = self.conversations.keys().next().cloned();
        }
        if self.servers.iter().all(|server| self.leaving && server.link == Link::Ended) {
            self.effects.push(Effect::Quit);
        }
    }

    fn fatal(&mut self, id: ServerId, fatal: &Fatal) {
        let Some(server) = self.server_mut(id) else { return };
        let login = server.login.clone();
        // What an unknown server shows stands in the dialog, whole.
        if !matches!(fatal, Fatal::Untrusted(_)) {
            self.note_in(&Address::console(id), &fatal.to_string(), Sort::Failure);
        }
        self.dialogs.push(Dialog::of_fatal(id, &login, fatal));
    }

    fn caught_up(&mut self, server: ServerId, name: &str) {
        let address = Address::of(server, name);
        let Some(conversation) = self.conversations.get_mut(&address) else { return };
        conversation.caught_up = true;
        if conversation.read.is_none() {
            let last = conversation.lines.last().and_then(|last| conversation.lines.line(last));
            conversation.read = last.map(|line| line.key.at);
        }
    }

    /// Direct conversations that were there before.
    fn known(&mut self, server: ServerId, known: Vec<Known>) {
        for Known { name, .. } in known {
            let address = Address::of(server, &name);
            if address.name != self.nick(server).to_ascii_lowercase() {
                self.open(&address, &name);
                self.go_back_to(&address);
            }
        }
    }

    fn transferred(&mut self, server: ServerId, id: u64, progress: &Progress) {
        let known = self.transfers.iter().find(|transfer| transfer.id == id).cloned();
        let Some(transfer) = known else { return };
        match progress {
            Progress::Moved { bytes, of } => {
                let percent = bytes.saturating_mul(100).checked_div(*of);
                let far = percent.map_or(format!("{} KiB", bytes / 1024), |percent| format!("{percent} %"));
                self.hint = format!("{}: {far}", transfer.name);
                return;
            }
            Progress::Saved { path } => {
                self.hint.clear();
                self.note(&format!("saved as {}", path.display()), Sort::Note);
            }
            Progress::Stored { url } => {
                let target = transfer.conversation.clone();
                let (text, kind) = (url.clone(), crate::client::action::Kind::Message);
                self.hint.clear();
                self.act(server, Action::Say { target, text, kind, reply_to: None });
            }
            Progress::Failed { reason } => {
                self.hint.clear();
                self.note(&format!("{}: {reason}", transfer.name), Sort::Failure);
            }
        }
        self.transfers.retain(|transfer| transfer.id != id);
    }

    /// Somebody reads what is on the screen: nothing there is new any longer.
    pub(super) fn read_up(&mut self, address: &Address) {
        let marks = self.settings.read_marks
            && self.servers.iter().any(|s| s.id == address.server && s.abilities.read_markers);
        let Some(conversation) = self.conversations.get_mut(address) else { return };
        (conversation.unread, conversation.mentions) = (0, 0);
        let Some(at) = conversation.last_said.filter(|at| conversation.read.is_none_or(|read| read < *at))
        else {
            return;
        };
        conversation.read = Some(at);
        if marks && conversation.marked.is_none_or(|marked| marked < at) {
            conversation.marked = Some(at);
            let conversation = conversation.name.clone();
            self.act(address.server, Action::MarkRead { conversation, at });
        }
    }
}
