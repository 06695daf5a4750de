//! What the user wants, made into lines.

use crate::client::action::{Action, Kind};
use crate::client::event::{End, Event};
use crate::client::text;
use crate::protocol::Line;

use super::{Settling, State, fold, is_room};

impl State {
    /// Does one thing. While there is no connection, what is said waits; other actions fail.
    pub fn act(&mut self, action: Action) {
        match action {
            Action::Say { target, text, kind } => self.say(&target, &text, kind),
            Action::Settle => self.settling = Settling::Wanted,
            Action::Quit { reason } => self.quit_server(reason),
            Action::Join { room, key } => self.join(&room, key),
            Action::Part { room } if !self.link.online => self.forget(&room),
            _ if !self.link.online => {
                let reason = "there is no connection at the moment".into();
                self.events.push_back(Event::Failed { reason, unsent: None });
            }
            Action::Part { room } => self.lines.push_back(Line::new("PART").param(room)),
            Action::Topic { room, text } => {
                let line = Line::new("TOPIC").param(room);
                self.lines.push_back(match text {
                    Some(text) => line.param(text),
                    None => line,
                });
            }
            Action::Members { room } => self.lines.push_back(Line::new("WHO").param(room)),
            Action::Rooms => self.lines.push_back(Line::new("LIST")),
            Action::Whois { nick } => self.lines.push_back(Line::new("WHOIS").param(nick)),
            Action::Nick { nick } => self.lines.push_back(Line::new("NICK").param(nick)),
            Action::Away { text } => self.lines.push_back(match text {
                Some(text) => Line::new("AWAY").param(text),
                None => Line::new("AWAY"),
            }),
            Action::Invite { nick, room } => {
                self.lines.push_back(Line::new("INVITE").param(nick).param(room));
            }
            Action::History { conversation, stretch } => self.ask_history(&conversation, stretch),
            Action::Edit { conversation, text } => self.edit(&conversation, &text),
            Action::Redact { conversation } => self.redact(&conversation),
            Action::Search(search) => self.search(&search),
        }
        self.advance();
    }

    /// Whether this is one name; a list would never be answered as one.
    fn is_one_name(&mut self, name: &str) -> bool {
        let one = !name.is_empty() && !name.contains([',', ' ']);
        if !one {
            let reason = format!("{name}: give one name, without commas or spaces");
            self.events.push_back(Event::Failed { reason, unsent: None });
        }
        one
    }

    fn say(&mut self, target: &str, text: &str, kind: Kind) {
        if !self.is_one_name(target) {
            return;
        }
        let target = &self.present_name(target);
        let known = self.conversations.get(&fold(target));
        if is_room(target) && known.is_none_or(|room| !room.wanted) {
            self.join(target, None);
        }
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = text.trim_matches('\n');
        if kind == Kind::Message && text.contains('\n') {
            // How it goes out depends on the server that it is sent to.
            return self.outbox.push(target, kind, text);
        }
        let bytes_max = self.text_bytes_max(target, kind);
        for line in text.split('\n').filter(|line| !line.is_empty()) {
            for piece in text::split(line, bytes_max) {
                self.outbox.push(target, kind, piece);
            }
        }
    }

    fn join(&mut self, room: &str, key: Option<String>) {
        if !self.is_one_name(room) {
            return;
        }
        let online = self.link.online;
        self.renamed.remove(&fold(room));
        let known = self.conversation(room);
        known.wanted = true;
        if key.is_some() {
            known.key = key;
        }
        if online && !known.joined {
            let key = known.key.clone();
            self.send_join(room, key.as_deref());
        }
    }

    fn forget(&mut self, room: &str) {
        self.conversation(room).wanted = false;
    }

    fn quit_server(&mut self, reason: String) {
        self.quitting = Some(reason);
        if !self.link.online {
            self.end(End::Quit);
        }
    }

    /// Says QUIT once everything said is stored; the driver's patience with that is short.
    pub(super) fn leave_when_quiet(&mut self) {
        if self.outbox.pending.is_empty()
            && let Some(reason) = self.quitting.clone()
            && !std::mem::replace(&mut self.link.left, true)
        {
            self.mark_read();
            self.lines.push_back(Line::new("QUIT").param(reason));
        }
    }
}
