//! Who comes, goes and changes: JOIN, PART, KICK, QUIT, NICK, TOPIC, INVITE, AWAY.

use crate::client::event::{Event, Presence};
use crate::protocol::{Line, Message};

use super::registration::last;
use super::{Arrival, State, fold};

impl State {
    pub(super) fn in_room(&mut self, message: &Message<'_>, arrival: &Arrival) {
        let nick = message.nick().unwrap_or_default().to_owned();
        let own = self.is_me(&nick);
        if own && let Some(source) = message.source.filter(|source| source.contains('!')) {
            self.link.source = Some(source.to_owned());
        }
        let Some(first) = message.param(0).map(str::to_owned) else {
            if message.is("AWAY") {
                self.changed(nick, Presence::Online, arrival);
            } else if message.is("QUIT") {
                self.quit(nick, String::new(), arrival);
            }
            return;
        };
        let at = arrival.at;
        match message.command {
            "JOIN" if own => self.entered(&first, nick, account_of(message), arrival),
            "JOIN" => {
                self.add_member(&first, &nick);
                if !self.watched.contains_key(&fold(&nick)) {
                    // What was known is from another time; AWAY follows if it is so still.
                    self.presences.remove(&fold(&nick));
                }
                let account = account_of(message);
                self.events.push_back(Event::Joined { room: first, nick, account, own, at });
            }
            "PART" => {
                let reason = message.param(1).unwrap_or_default().to_owned();
                self.left(first, nick, reason, arrival);
            }
            "KICK" => {
                let kicked = message.param(1).unwrap_or_default().to_owned();
                let reason = match message.filled(2).filter(|reason| *reason != nick) {
                    Some(reason) => format!("kicked by {nick}: {reason}"),
                    None => format!("kicked by {nick}"),
                };
                self.left(first, kicked, reason, arrival);
            }
            "QUIT" => self.quit(nick, first, arrival),
            "NICK" => self.renamed(nick, first, own),
            "TOPIC" => {
                let text = message.param(1).unwrap_or_default().to_owned();
                self.events.push_back(Event::Topic { room: first, by: Some(nick), text });
            }
            "INVITE" => {
                let room = message.param(1).unwrap_or_default().to_owned();
                let own = self.is_me(&first);
                self.events.push_back(Event::Invited { by: nick, nick: first, room, own });
            }
            "AWAY" => self.changed(nick, Presence::of_away(&last(message)), arrival),
            _ => {}
        }
    }

    pub(super) fn send_join(&mut self, room: &str, key: Option<&str>) {
        let line = Line::new("JOIN").param(room);
        self.lines.push_back(match key {
            Some(key) => line.param(key),
            None => line,
        });
    }

    /// A room can't be entered: nothing waits for it any longer.
    pub(super) fn shut_out(&mut self, room: &str, reason: &str) {
        let mut visited = false;
        if let Some(known) = self.conversations.get_mut(&fold(room)) {
            known.wanted = false;
            visited = std::mem::take(&mut known.visited);
        }
        self.fail_all(room, reason);
        self.events.push_back(Event::ShutOut { room: room.to_owned(), reason: reason.to_owned() });
        if visited {
            // One was in it before the connection broke.
            let (nick, at) = (self.link.nick.clone(), self.now);
            let (room, reason) = (room.to_owned(), String::new());
            self.events.push_back(Event::Left { room, nick, own: true, reason, at });
        }
    }

    fn entered(&mut self, room: &str, nick: String, account: Option<String>, arrival: &Arrival) {
        let known = self.conversation(room);
        // A server that keeps memberships says JOIN by itself, and perhaps again when asked.
        if known.joined {
            return;
        }
        known.joined = true;
        known.wanted = true;
        let again = std::mem::replace(&mut known.visited, true);
        if !again {
            let room = room.to_owned();
            self.events.push_back(Event::Joined { room, nick, account, own: true, at: arrival.at });
        }
        if self.profile.watches {
            self.ask_members(room);
        }
        self.fetch_on_entering(room, again);
    }

    fn left(&mut self, room: String, nick: String, reason: String, arrival: &Arrival) {
        let own = self.is_me(&nick);
        if own && let Some(known) = self.conversations.get_mut(&fold(&room)) {
            known.joined = false;
            known.wanted = false;
            known.visited = false;
            known.members.clear();
        }
        self.remove_member(&room, &nick);
        self.stopped_writing(&room, &nick);
        self.events.push_back(Event::Left { room, nick, own, reason, at: arrival.at });
    }

    fn quit(&mut self, nick: String, reason: String, arrival: &Arrival) {
        self.presences.remove(&fold(&nick));
        self.remove_everywhere(&nick);
        self.stopped_writing_anywhere(&nick);
        self.events.push_back(Event::Quit { nick, reason, at: arrival.at });
    }

    fn renamed(&mut self, from: String, to: String, own: bool) {
        if own {
            self.link.nick.clone_from(&to);
            self.link.source = None;
        }
        if let Some(presence) = self.presences.remove(&fold(&from)) {
            self.presences.insert(fold(&to), presence);
        }
        self.rename_member(&from, &to);
        self.stopped_writing_anywhere(&from);
        self.events.push_back(Event::Renamed { from, to, own });
    }

    /// `CHGHOST <user> <host>`: others bear their new name from now on, one's own must be known.
    pub(super) fn moved(&mut self, message: &Message<'_>) {
        let nick = message.nick().unwrap_or_default();
        if let (true, Some(user), Some(host)) = (self.is_me(nick), message.filled(0), message.filled(1)) {
            self.link.source = Some(format!("{nick}!{user}@{host}"));
        }
    }
}

/// Who is signed in says so by the tag, or by `JOIN <room> <account or *> :…`.
fn account_of(message: &Message<'_>) -> Option<String> {
    let named = message.param(2).and(message.filled(1)).filter(|account| *account != "*");
    named.map(str::to_owned).or_else(|| message.tag("account"))
}
