//! Modes of rooms, and the roles that they give to members.
//!
//! Source: modern.ircdocs.horse, MODE.

use crate::client::event::Event;
use crate::protocol::{Line, Message};

use super::{Arrival, State, fold, is_room};

impl State {
    pub(super) fn modes(&mut self, room: &str, change: Option<&str>) {
        let words = change.unwrap_or_default().split_whitespace();
        self.lines.push_back(Line::new("MODE").param(room).params(words));
    }

    /// `MODE <room> <change> <param>…`
    pub(super) fn mode_changed(&mut self, message: &Message<'_>, arrival: &Arrival) {
        let Some(room) = message.param(0).filter(|room| is_room(room)) else {
            return;
        };
        let change = message.params().get(1..).unwrap_or_default().join(" ");
        let (room, by) = (room.to_owned(), message.nick().unwrap_or_default().to_owned());
        self.events.push_back(Event::Mode { room: room.clone(), by, change, at: arrival.at });
        let mut params = message.params().iter().skip(2);
        let mut on = true;
        for letter in message.param(1).unwrap_or_default().chars() {
            match letter {
                '+' => on = true,
                '-' => on = false,
                mode => {
                    let has_param = self.link.tokens.has_param(mode, on);
                    let param = has_param.then(|| params.next()).flatten();
                    if let (Some(nick), Some(sign)) = (param, self.link.tokens.sign(mode)) {
                        self.role_changed(&room, nick, sign, on);
                    }
                }
            }
        }
    }

    fn role_changed(&mut self, room: &str, nick: &str, sign: char, on: bool) {
        let known = self.conversations.get_mut(&fold(room));
        let Some(prefix) = known.and_then(|known| known.members.get_mut(&fold(nick))) else {
            return;
        };
        prefix.retain(|other| other != sign);
        if on {
            prefix.push(sign);
        }
        *prefix = self.link.tokens.ordered(prefix);
        let prefix = prefix.clone();
        self.events.push_back(Event::Role { room: room.to_owned(), nick: nick.to_owned(), prefix });
    }
}
