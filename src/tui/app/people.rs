//! Who is where: entering, leaving, names, roles, presence, typing.

use crate::client::action::Typing;
use crate::client::event::{Event, Member, Presence};
use crate::clock::Timestamp;

use super::super::conversation::{Address, Kind, ServerId};
use super::super::people;
use super::super::scrollback::{Marks, New, Sort};
use super::App;
use super::asking::Asked;

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
            if by.is_none() && self.was_asked(Asked::Topic, &address) {
                let topic = if text.is_empty() { "no topic" } else { &text };
                self.note_near(server, &format!("{room}: {topic}"));
            }
            let Some(conversation) = self.conversations.get_mut(&address) else { return };
            conversation.topic.clone_from(&text);
            if let Some(by) = by {
                let at = self.now;
                let did = if text.is_empty() {
                    "removed the topic".to_owned()
                } else {
                    format!("changed the topic: {text}")
                };
                self.happening(&address, at, &format!("{by} {did}"));
            }
        } else if let Event::Members { room, mut members } = event {
            let address = Address::of(server, &room);
            members.sort_by_cached_key(people::order);
            if self.was_asked(Asked::Members, &address) {
                let members: Vec<_> = members.iter().map(in_words).collect();
                self.note_near(server, &format!("in {room}: {}", members.join(", ")));
            }
            let Some(conversation) = self.conversations.get_mut(&address) else { return };
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
        let conversation = self.open(&address, &room);
        if own {
            conversation.joined = true;
            if self.is_first(&address) {
                self.switch(address.clone());
            }
            self.go_back_to(&address);
            return;
        }
        let presence = Presence::Online;
        conversation.put_member(Member { nick: nick.clone(), prefix: String::new(), presence, account });
        self.happening(&address, at, &format!("{nick} joined"));
    }

    /// Whether a room that was entered comes to the screen: any instead of a server's own words, and the one
    /// that was asked for at the start instead of those that one is in anyway, while nothing is typed yet. Where
    /// one was the last time goes before.
    fn is_first(&mut self, address: &Address) -> bool {
        let Some(current) = self.current.clone() else { return true };
        let goes_back = self.first_place(address.server).is_some();
        let is_empty = self.conversation().is_none_or(|here| here.composer.is_empty());
        let Some(server) = self.server_mut(address.server) else { return false };
        let is_wanted = !goes_back && server.first_room.as_ref() == Some(address);
        if is_wanted {
            server.first_room = None;
        }
        current.kind == Kind::Console || is_wanted && current.server == address.server && is_empty
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

    /// A room can't be entered: unless there is something in it to look at, one is where one was before.
    pub(super) fn shut_out(&mut self, server: ServerId, room: &str, reason: &str) {
        let address = Address::of(server, room);
        let is_bare = self.conversations.get(&address).is_none_or(|conversation| {
            !conversation.joined && conversation.lines.is_empty() && conversation.composer.is_empty()
        });
        if is_bare {
            self.remove(&address);
            let near = self.near(server);
            return self.note_in(&near, reason, Sort::Failure);
        }
        let lines = self.conversations.get(&address).map(|conversation| &conversation.lines);
        let last = lines.and_then(|lines| lines.line(lines.last()?));
        // A message that waited for the room was told to have failed, and why.
        if last.is_none_or(|last| last.text != reason) {
            self.note_in(&address, reason, Sort::Failure);
        }
    }

    fn renamed(&mut self, server: ServerId, from: &str, to: &str, own: bool) {
        let is_seen = self.conversation().is_some_and(|conversation| conversation.member(from).is_some());
        if own && let Some(server) = self.server_mut(server) {
            to.clone_into(&mut server.nick);
        }
        if own && !is_seen {
            self.note_near(server, &format!("you are {to} now"));
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

fn in_words(member: &Member) -> String {
    let Member { nick, prefix, presence, .. } = member;
    let away = match presence {
        Presence::Online => "",
        Presence::Away(_) => " (away)",
        Presence::Offline => " (offline)",
    };
    format!("{prefix}{nick}{away}")
}

pub(super) fn in_brackets(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}
