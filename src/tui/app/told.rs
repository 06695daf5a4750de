//! What sessions tell, taken into the screen's state.

use crate::client::event::{Edited, End, Event, Fatal, Member, Origin, Presence, Redacted, Said};
use crate::client::{action, text};
use crate::clock::Timestamp;

use super::super::conversation::{Address, Kind, ServerId};
use super::super::dialog::Dialog;
use super::super::scrollback::{Marks, New, Sort, Stage};
use super::{App, Effect, Link};

impl App {
    pub(super) fn told(&mut self, server: ServerId, event: Event) {
        let console = Address::console(server);
        match event {
            Event::Secured(security) => {
                let words = format!("{} with {}", security.version, security.key_exchange);
                self.note_in(&console, &format!("the connection is protected by {words}"), Sort::Note);
                if let Some(server) = self.server_mut(server) {
                    server.security = Some(security);
                }
            }
            Event::Online { nick, network, again } => self.online(server, nick, network, again),
            Event::SignedUp { account } => {
                self.note_in(&console, &format!("the account {account} is yours"), Sort::Note);
            }
            Event::Offline { reason, retry_in } => {
                let retry_ms = i64::try_from(retry_in.as_millis()).unwrap_or(i64::MAX);
                let retry_at = self.now.after_ms(retry_ms);
                self.note_in(&console, &format!("connection lost: {reason}"), Sort::Failure);
                if let Some(server) = self.server_mut(server) {
                    server.link = Link::Offline { reason, retry_at };
                    server.lag = None;
                }
            }
            Event::Said(said) => self.said(server, &said),
            Event::Edited(edited) => self.edited(server, &edited),
            Event::Redacted(redacted) => self.redacted(server, &redacted),
            Event::Joined { .. }
            | Event::Left { .. }
            | Event::Quit { .. }
            | Event::Renamed { .. }
            | Event::RoomRenamed { .. }
            | Event::Changed { .. }
            | Event::Topic { .. }
            | Event::Members { .. } => self.told_of_people(server, event),
            Event::Rooms(rooms) => {
                for room in rooms {
                    self.note_near(server, &format!("{}  {}  {}", room.name, room.members, room.topic));
                }
            }
            Event::Whois { nick, facts } => {
                for fact in facts {
                    self.note_near(server, &format!("{nick}: {fact}"));
                }
            }
            Event::HistoryEnd { .. } | Event::Settled => {}
            Event::SearchEnd { count, more } => self.search_end(count, more),
            Event::Invited { by, room, own: true, .. } => {
                self.note_near(server, &format!("{by} invites you to {room}; /join {room} follows"));
            }
            Event::Invited { by, nick, room, .. } => {
                let text = format!("{by} invited {nick}");
                self.note_in(&Address::of(server, &room), &text, Sort::Happening);
            }
            Event::Info(text) => self.note_near(server, &text),
            Event::Failed { reason, unsent } => {
                let address = unsent.as_ref().map(|unsent| Address::of(server, &unsent.target));
                let text = match unsent {
                    Some(unsent) => format!("{reason} — not sent: {}", unsent.text),
                    None => reason,
                };
                let near = address.filter(|address| self.conversations.contains_key(address));
                let near = near.unwrap_or_else(|| self.near(server));
                self.note_in(&near, &text, Sort::Failure);
            }
            Event::Ended(end) => self.ended(server, end),
        }
    }

    /// Where a word of this server is best seen: where one is, if one is there.
    fn near(&self, server: ServerId) -> Address {
        self.current.clone().filter(|current| current.server == server).unwrap_or(Address::console(server))
    }

    fn note_near(&mut self, server: ServerId, text: &str) {
        let near = self.near(server);
        self.note_in(&near, text, Sort::Note);
    }

    fn online(&mut self, id: ServerId, nick: String, network: Option<String>, again: bool) {
        let Some(server) = self.server_mut(id) else { return };
        server.link = Link::Online;
        server.nick.clone_from(&nick);
        if let Some(network) = network {
            server.label = network;
        }
        let words = format!("connected{} to {} as {nick}", if again { " again" } else { "" }, server.label);
        self.note_in(&Address::console(id), &words, Sort::Note);
    }

    fn ended(&mut self, id: ServerId, end: End) {
        let Some(server) = self.server_mut(id) else { return };
        server.link = Link::Ended;
        match end {
            End::Quit => {
                self.servers.retain(|server| server.id != id);
                self.conversations.retain(|address, _| address.server != id);
                if self.current.as_ref().is_some_and(|current| current.server == id) {
                    self.current = self.conversations.keys().next().cloned();
                }
                if self.servers.is_empty() {
                    self.effects.push(Effect::Quit);
                }
            }
            End::Fatal(fatal) => self.fatal(id, &fatal),
        }
    }

    fn fatal(&mut self, id: ServerId, fatal: &Fatal) {
        let Some(server) = self.server_mut(id) else { return };
        let login = server.login.clone();
        self.note_in(&Address::console(id), &fatal.to_string(), Sort::Failure);
        self.dialogs.push(Dialog::of_fatal(id, &login, fatal));
    }

    fn said(&mut self, server: ServerId, said: &Said) {
        if said.origin == Origin::Found {
            return self.found(server, said);
        }
        let address = Address::of(server, &said.conversation);
        let me = self.servers.iter().find(|other| other.id == server).map_or("", |server| &server.nick);
        let mention = !said.own && names(&said.text, me);
        let shown = self.is_read(&address);
        let msgid = said.msgid.as_deref().unwrap_or_default();
        let conversation = self.open(&address, &said.conversation);
        if conversation.lines.has_message(msgid, said.at) {
            return;
        }
        let counts = match said.origin {
            Origin::Live => !said.own,
            Origin::Earlier => !said.own && conversation.read.is_some_and(|read| read < said.at),
            Origin::Asked | Origin::Found => false,
        };
        if counts && !shown {
            conversation.unread += 1;
            conversation.mentions += u32::from(mention || address.kind == Kind::Direct);
            conversation.new_from.get_or_insert(said.at);
        }
        if said.own && said.origin == Origin::Live {
            conversation.new_from = None;
        }
        let new = New {
            at: said.at,
            nick: &said.from,
            text: &said.text,
            msgid,
            sort: match said.kind {
                action::Kind::Message => Sort::Message,
                action::Kind::Notice => Sort::Notice,
                action::Kind::Action => Sort::Action,
            },
            marks: Marks { own: said.own, mention, stage: Stage::Stored, ..Marks::default() },
        };
        self.add_line(&address, &new);
        if counts && said.origin == Origin::Live && !shown && (mention || address.kind == Kind::Direct) {
            let place = if address.kind == Kind::Direct { String::new() } else { format!(" in {}", said.conversation) };
            let title = text::plain(&format!("{}{place}", said.from));
            self.effects.push(Effect::Notify(title, text::plain(&said.text)));
        }
    }

    fn edited(&mut self, server: ServerId, edited: &Edited) {
        let address = Address::of(server, &edited.said.conversation);
        let Some(conversation) = self.conversations.get_mut(&address) else { return };
        let (lines, _) = conversation.shown_mut();
        if let Some(place) = lines.find_message(&edited.original)
            && let Some(marks) = lines.line(place).map(|line| line.marks)
        {
            lines.change(place, Some(&edited.said.text), Marks { edited: true, ..marks });
        }
    }

    fn redacted(&mut self, server: ServerId, redacted: &Redacted) {
        let address = Address::of(server, &redacted.conversation);
        let Some(conversation) = self.conversations.get_mut(&address) else { return };
        let (lines, _) = conversation.shown_mut();
        if let Some(place) = lines.find_message(&redacted.msgid)
            && let Some(marks) = lines.line(place).map(|line| line.marks)
        {
            let reason =
                if redacted.reason.is_empty() { String::new() } else { format!(": {}", redacted.reason) };
            let text = format!("(taken back by {}{reason})", redacted.by);
            lines.change(place, Some(&text), Marks { redacted: true, mention: false, ..marks });
        }
    }

    fn told_of_people(&mut self, server: ServerId, event: Event) {
        if let Event::Joined { room, nick, own, at } = event {
            self.joined(server, &room, nick, own, at);
        } else if let Event::Left { room, nick, own, reason, at } = event {
            let address = Address::of(server, &room);
            let Some(conversation) = self.conversations.get_mut(&address) else { return };
            conversation.remove_member(&nick);
            if own {
                conversation.joined = false;
                conversation.members.clear();
            }
            let who = if own { "you" } else { nick.as_str() };
            self.happening(&address, at, &format!("{who} left{}", in_brackets(&reason)));
        } else if let Event::Quit { nick, reason, at } = event {
            for address in self.common(server, &nick) {
                if let Some(conversation) = self.conversations.get_mut(&address) {
                    conversation.remove_member(&nick);
                }
                self.happening(&address, at, &format!("{nick} left{}", in_brackets(&reason)));
            }
        } else if let Event::Renamed { from, to, own } = event {
            self.renamed(server, &from, &to, own);
        } else if let Event::RoomRenamed { from, to, by, reason, at } = event {
            self.room_renamed(server, &from, &to);
            let text = format!("{by} renamed {from}: it is {to} now{}", in_brackets(&reason));
            self.happening(&Address::of(server, &to), at, &text);
        } else if let Event::Changed { nick, presence, at } = event {
            self.changed(server, &nick, &presence, at);
        } else if let Event::Topic { room, by, text } = event {
            let address = Address::of(server, &room);
            let Some(conversation) = self.conversations.get_mut(&address) else { return };
            conversation.topic.clone_from(&text);
            if let Some(by) = by {
                let at = self.now;
                self.happening(&address, at, &format!("{by} changed the topic: {text}"));
            }
        } else if let Event::Members { room, mut members } = event {
            let Some(conversation) = self.conversations.get_mut(&Address::of(server, &room)) else { return };
            members.sort_by_cached_key(super::super::people::order);
            conversation.members = members;
        }
    }

    fn joined(&mut self, server: ServerId, room: &str, nick: String, own: bool, at: Timestamp) {
        let address = Address::of(server, room);
        let first = self.current.as_ref().is_none_or(|current| current.kind == Kind::Console);
        let conversation = self.open(&address, room);
        if own {
            conversation.joined = true;
            if first {
                self.switch(address);
            }
            return;
        }
        conversation.put_member(Member { nick: nick.clone(), prefix: String::new(), presence: Presence::Online });
        self.happening(&address, at, &format!("{nick} joined"));
    }

    fn renamed(&mut self, server: ServerId, from: &str, to: &str, own: bool) {
        if own && let Some(server) = self.server_mut(server) {
            to.clone_into(&mut server.nick);
        }
        let at = self.now;
        for address in self.common(server, from) {
            if let Some(conversation) = self.conversations.get_mut(&address)
                && let Some(member) = conversation.remove_member(from)
            {
                conversation.put_member(Member { nick: to.to_owned(), ..member });
            }
            self.happening(&address, at, &format!("{from} is now {to}"));
        }
    }

    fn room_renamed(&mut self, server: ServerId, from: &str, to: &str) {
        let (before, after) = (Address::of(server, from), Address::of(server, to));
        if let Some(mut conversation) = self.conversations.remove(&before) {
            to.clone_into(&mut conversation.name);
            self.conversations.insert(after.clone(), conversation);
            if self.current.as_ref() == Some(&before) {
                self.current = Some(after);
            }
        }
    }

    fn changed(&mut self, server: ServerId, nick: &str, presence: &Presence, _at: Timestamp) {
        for address in self.common(server, nick) {
            if let Some(conversation) = self.conversations.get_mut(&address)
                && let Some(member) = conversation.remove_member(nick)
            {
                conversation.put_member(Member { presence: presence.clone(), ..member });
            }
        }
    }

    /// Where somebody is seen.
    fn common(&self, server: ServerId, nick: &str) -> Vec<Address> {
        let of_server = self.conversations.iter().filter(|(address, _)| address.server == server);
        let seen = of_server.filter(|(_, conversation)| conversation.member(nick).is_some());
        seen.map(|(address, _)| address.clone()).collect()
    }

    fn happening(&mut self, address: &Address, at: Timestamp, text: &str) {
        let (sort, marks) = (Sort::Happening, Marks::default());
        self.add_line(address, &New { at, nick: "", text, msgid: "", sort, marks });
    }

    /// Somebody reads what is on the screen: nothing there is new any longer.
    pub(super) fn read_up(&mut self, address: &Address) {
        let Some(conversation) = self.conversations.get_mut(address) else { return };
        (conversation.unread, conversation.mentions) = (0, 0);
        let last = conversation.lines.last().and_then(|last| conversation.lines.line(last));
        conversation.read = conversation.read.max(last.map(|line| line.key.at));
    }
}

fn in_brackets(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}

/// Whether a text names somebody, as a word of its own.
fn names(text: &str, nick: &str) -> bool {
    let is_part = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'));
    !nick.is_empty() && text.split(is_part).any(|word| word.eq_ignore_ascii_case(nick))
}
