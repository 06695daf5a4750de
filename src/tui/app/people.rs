//! Who is where: entering, leaving, names, roles, presence, typing.

use crate::client::action::Typing;
use crate::client::event::{Event, Member, Presence};
use crate::clock::Timestamp;

use super::super::conversation::{Address, Kind, ServerId};
use super::super::people;
use super::super::scrollback::{Marks, New, Sort};
use super::App;

/// An entering as it is told.
struct Joined {
    room: String,
    nick: String,
    account: Option<String>,
    own: bool,
    at: Timestamp,
}

impl App {
    pub(super) fn told_of_people(&mut self, server: ServerId, event: Event) {
        if let Event::Joined { room, nick, account, own, at } = event {
            self.joined(server, Joined { room, nick, account, own, at });
        } else if let Event::Left { room, nick, own, reason, at } = event {
            self.left(server, &room, &nick, own, &reason, at);
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
        } else if let Event::Changed { nick, presence, .. } = event {
            self.changed(server, &nick, &presence);
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
            members.sort_by_cached_key(people::order);
            conversation.members = members;
        } else if let Event::Role { room, nick, prefix } = event {
            let Some(conversation) = self.conversations.get_mut(&Address::of(server, &room)) else { return };
            if let Some(member) = conversation.remove_member(&nick) {
                conversation.put_member(Member { prefix, ..member });
            }
        } else if let Event::Mode { room, by, change, at } = event {
            self.happening(&Address::of(server, &room), at, &format!("{by} set mode {change}"));
        } else if let Event::Typing { conversation, nick, typing } = event {
            let Some(conversation) = self.conversations.get_mut(&Address::of(server, &conversation)) else {
                return;
            };
            conversation.typing.retain(|other| !other.eq_ignore_ascii_case(&nick));
            if self.settings.typing && typing == Typing::Active && conversation.typing.len() < TYPING_LEN_MAX
            {
                conversation.typing.push(nick);
            }
        }
    }

    fn joined(&mut self, server: ServerId, joined: Joined) {
        let Joined { room, nick, account, own, at } = joined;
        let address = Address::of(server, &room);
        let first = self.current.as_ref().is_none_or(|current| current.kind == Kind::Console);
        let conversation = self.open(&address, &room);
        if own {
            conversation.joined = true;
            if first {
                self.switch(address.clone());
            }
            self.go_back_to(&address);
            return;
        }
        let presence = Presence::Online;
        conversation.put_member(Member { nick: nick.clone(), prefix: String::new(), presence, account });
        self.happening(&address, at, &format!("{nick} joined"));
    }

    fn left(&mut self, server: ServerId, room: &str, nick: &str, own: bool, reason: &str, at: Timestamp) {
        let address = Address::of(server, room);
        let Some(conversation) = self.conversations.get_mut(&address) else { return };
        conversation.remove_member(nick);
        if own {
            conversation.joined = false;
            conversation.members.clear();
        }
        let who = if own { "you" } else { nick };
        self.happening(&address, at, &format!("{who} left{}", in_brackets(reason)));
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
        let Some(mut conversation) = self.conversations.remove(&before) else { return };
        to.clone_into(&mut conversation.name);
        self.conversations.insert(after.clone(), conversation);
        for place in [&mut self.current, &mut self.previous].into_iter().flatten() {
            if *place == before {
                *place = after.clone();
            }
        }
    }

    fn changed(&mut self, server: ServerId, nick: &str, presence: &Presence) {
        if let Some(server) = self.server_mut(server).filter(|server| server.nick.eq_ignore_ascii_case(nick))
        {
            server.away = matches!(presence, Presence::Away(_));
        }
        for address in self.common(server, nick) {
            if let Some(conversation) = self.conversations.get_mut(&address)
                && let Some(member) = conversation.remove_member(nick)
            {
                conversation.put_member(Member { presence: presence.clone(), ..member });
            }
        }
        if let Some(conversation) = self.conversations.get_mut(&Address::of(server, nick)) {
            conversation.presence = Some(presence.clone());
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
}

/// How many are shown to be typing.
const TYPING_LEN_MAX: usize = 16;

pub(super) fn in_brackets(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}
