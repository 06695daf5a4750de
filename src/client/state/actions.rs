//! What the user wants, made into lines.

use crate::client::action::{Action, Kind};
use crate::client::event::{End, Event};
use crate::client::text;
use crate::clock::Timestamp;
use crate::protocol::Line;

use super::{Settling, State, fold, is_room};

impl State {
    /// Does one thing. While there is no connection, what is said waits; other actions fail.
    pub fn act(&mut self, action: Action, now: Timestamp) {
        self.now = now;
        match action {
            Action::Say { target, text, kind, reply_to } => self.say(&target, &text, kind, reply_to),
            Action::MarkRead { conversation, at } => self.has_read(&conversation, at),
            Action::Page { conversation, place } => self.ask_page(&conversation, place),
            Action::Upload { id, path } => self.upload(id, path),
            Action::Download { id, link, path } => self.download(id, link, path),
            Action::Watch { nick, on: true } => self.watch(&nick),
            Action::Watch { nick, on: false } => self.unwatch(&nick),
            Action::Away { text } => self.go_away(text),
            // The driver's.
            Action::Retry => {}
            Action::Settle => self.settling = Settling::Wanted,
            Action::Quit { reason } => self.quit_server(reason),
            Action::Join { room, key } => self.join(&room, key),
            Action::Part { room } if !self.link.online => self.forget(&room),
            Action::Typing { .. } if !self.link.online => {}
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
            Action::Kick { room, nick, reason } => {
                let line = Line::new("KICK").param(room).param(nick);
                self.lines.push_back(match reason {
                    Some(reason) => line.param(reason),
                    None => line,
                });
            }
            Action::Raw { line } => self.say_raw(&line),
            Action::Members { room } => self.ask_members(&room),
            Action::Modes { room, change } => self.modes(&room, change.as_deref()),
            Action::Typing { conversation, typing } => self.tell_typing(&conversation, typing),
            Action::React { conversation, msgid, reaction, on } => {
                self.react(&conversation, &msgid, &reaction, on);
            }
            Action::Rooms => self.lines.push_back(Line::new("LIST")),
            Action::Whois { nick } => self.lines.push_back(Line::new("WHOIS").param(nick)),
            Action::Nick { nick } => self.lines.push_back(Line::new("NICK").param(nick)),
            Action::Invite { nick, room } => {
                self.lines.push_back(Line::new("INVITE").param(nick).param(room));
            }
            Action::History { conversation, stretch } => self.ask_history(&conversation, stretch),
            Action::Edit { conversation, msgid, text } => self.edit(&conversation, msgid, &text),
            Action::Redact { conversation, msgid } => self.redact(&conversation, msgid),
            Action::Search(search) => self.search(&search),
        }
        self.advance();
    }

    /// Whether this is one name; a list would never be answered as one.
    pub(super) fn is_one_name(&mut self, name: &str) -> bool {
        let one = !name.is_empty() && !name.contains([',', ' ']);
        if !one {
            let reason = format!("{name}: give one name, without commas or spaces");
            self.events.push_back(Event::Failed { reason, unsent: None });
        }
        one
    }

    fn say(&mut self, target: &str, text: &str, kind: Kind, reply_to: Option<String>) {
        if !self.is_one_name(target) {
            return;
        }
        let target = &self.present_name(target);
        let known = self.conversations.get(&fold(target));
        if is_room(target) && known.is_none_or(|room| !room.wanted) {
            self.join(target, None);
        }
        self.has_said(target);
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = text.trim_matches('\n');
        if kind == Kind::Message && text.contains('\n') {
            // How it goes out depends on the server that it is sent to.
            let outgoing = self.outbox.push(target, kind, text, reply_to);
            return self.events.push_back(Event::Outgoing(outgoing));
        }
        let bytes_max = self.text_bytes_max(target, kind);
        let mut reply_to = reply_to;
        for line in text.split('\n').filter(|line| !line.is_empty()) {
            for piece in text::split(line, bytes_max) {
                let outgoing = self.outbox.push(target, kind, piece, reply_to.take());
                self.events.push_back(Event::Outgoing(outgoing));
            }
        }
    }

    /// Goes away or returns; said again on each connection.
    fn go_away(&mut self, text: Option<String>) {
        self.away = text.filter(|text| !text.is_empty());
        if self.link.online {
            let line = Line::new("AWAY");
            self.lines.push_back(match &self.away {
                Some(text) => line.param(text),
                None => line,
            });
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
