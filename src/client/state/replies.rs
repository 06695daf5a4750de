//! Replies: numerics and FAIL, made into facts to show.

use crate::client::event::{Event, Presence, Room, Stage};
use crate::clock::Timestamp;
use crate::protocol::Message;

use super::outbox::Pending;
use super::registration::last;
use super::{Arrival, COLLECTED_MAX, State, fold, is_room, typing};

impl State {
    pub(super) fn reply(&mut self, message: &Message<'_>, arrival: &Arrival) {
        if arrival.label.as_deref() == Some(typing::LABEL) {
            return;
        }
        match message.command {
            "331" | "332" => {
                let room = message.param(1).unwrap_or_default().to_owned();
                let text = if message.is("332") { last(message) } else { String::new() };
                self.events.push_back(Event::Topic { room, by: None, text });
            }
            "353" => self.names(message),
            "366" => {
                let members = std::mem::take(&mut self.link.names);
                self.list_members(message, members);
            }
            "352" => self.who(message),
            "354" => self.whox(message),
            "324" => {
                let room = message.param(1).unwrap_or_default().to_owned();
                let modes = message.params().get(2..).unwrap_or_default().join(" ");
                self.events.push_back(Event::Modes { room, modes });
            }
            "333" => self.topic_setter(message),
            "346" | "348" | "367" => self.listed(message),
            "347" | "349" | "368" => self.list_end(message),
            "730" | "731" => self.watched_changed(message, arrival),
            "734" => self.too_many_watched(message),
            "315" => {
                let members = std::mem::take(&mut self.link.who);
                self.list_members(message, members);
            }
            "322" if self.link.list.len() < COLLECTED_MAX => {
                self.link.list.push(Room {
                    name: message.param(1).unwrap_or_default().to_owned(),
                    members: message.param(2).unwrap_or_default().to_owned(),
                    topic: message.param(3).unwrap_or_default().to_owned(),
                });
            }
            "323" => {
                let rooms = std::mem::take(&mut self.link.list);
                self.events.push_back(Event::Rooms(rooms));
            }
            "311" | "301" | "312" | "313" | "317" | "319" | "330" | "335" | "338" | "378" | "671" => {
                self.fact(message);
            }
            "318" => {
                let facts = std::mem::take(&mut self.link.whois);
                let nick = message.param(1).unwrap_or_default().to_owned();
                // Without facts there was an error before.
                if !facts.is_empty() {
                    self.events.push_back(Event::Whois { nick, facts });
                }
            }
            "341" => {
                let nick = message.param(1).unwrap_or_default();
                let room = message.param(2).unwrap_or_default();
                self.events.push_back(Event::Info(format!("{nick} is invited to {room}")));
            }
            "305" | "306" if self.profile.watches => self.own_presence(message, arrival),
            "305" | "306" | "372" | "NOTE" | "WARN" => self.events.push_back(Event::Info(last(message))),
            "FAIL" => self.fail(message, arrival),
            code if is_error(code) => self.error_reply(message, arrival),
            _ => self.unknown(message),
        }
    }

    /// `333 <me> <room> <who> <unix time>`
    fn topic_setter(&mut self, message: &Message<'_>) {
        let seconds = message.param(3).and_then(|seconds| seconds.parse::<i64>().ok());
        if let (Some(room), Some(by), Some(seconds)) = (message.param(1), message.param(2), seconds) {
            let by = by.split('!').next().unwrap_or(by).to_owned();
            let at = Timestamp(seconds.saturating_mul(1000));
            self.events.push_back(Event::TopicSetter { room: room.to_owned(), by, at });
        }
    }

    /// `367 <me> <room> <mask> <who> <unix time>`, and the same of exceptions and invitations.
    fn listed(&mut self, message: &Message<'_>) {
        let kind = if message.is("367") {
            "banned"
        } else if message.is("348") {
            "not banned"
        } else {
            "invited"
        };
        let (room, mask) = (message.param(1).unwrap_or_default(), message.param(2).unwrap_or_default());
        let by = message.filled(3).map(|by| format!(" (by {})", by.split('!').next().unwrap_or(by)));
        let text = format!("{room}: {mask} is {kind}{}", by.unwrap_or_default());
        self.link.listed = true;
        self.events.push_back(Event::Info(text));
    }

    /// The end of such a list; an empty one is told.
    fn list_end(&mut self, message: &Message<'_>) {
        if !std::mem::take(&mut self.link.listed) {
            let text = format!("{}: nobody is on this list", message.param(1).unwrap_or_default());
            self.events.push_back(Event::Info(text));
        }
    }

    /// `305`: one is back, `306`: one is away.
    fn own_presence(&mut self, message: &Message<'_>, arrival: &Arrival) {
        let away = message.is("306").then(|| self.away.clone().unwrap_or_default());
        let presence = away.map_or(Presence::Online, Presence::Away);
        self.changed(self.link.nick.clone(), presence, arrival);
    }

    fn fact(&mut self, message: &Message<'_>) {
        let param = |index| message.param(index).unwrap_or_default();
        let nick = param(1);
        let fact = match message.command {
            // In the middle of nothing: the answer to a message for somebody who is away.
            "301" if self.link.whois.is_empty() => {
                let presence = Presence::of_away(param(2));
                let text = match presence {
                    Presence::Offline | Presence::Online => {
                        format!("{nick} is offline and will find it later")
                    }
                    Presence::Away(text) => format!("{nick} is away: {text}"),
                };
                return self.events.push_back(Event::Info(text));
            }
            "311" => format!("{nick} is {} ({}@{})", param(5), param(2), param(3)),
            "301" => format!("away: {}", param(2)),
            "312" => format!("on {} ({})", param(2), last(message)),
            "317" => format!("silent for {} s", param(2)),
            "319" => format!("in {}", last(message)),
            "330" => format!("signed in as {}", param(2)),
            _ => last(message),
        };
        if self.link.whois.len() < COLLECTED_MAX {
            self.link.whois.push(fact);
        }
    }

    /// `FAIL <command> <code> <context>… :text`
    fn fail(&mut self, message: &Message<'_>, arrival: &Arrival) {
        if message.param(0) == Some("CHATHISTORY") {
            return self.history_failed(message);
        }
        if message.param(0) == Some("MARKREAD") {
            self.link.markers_asked.clear();
            return;
        }
        let text = last(message);
        match message.param(0) {
            Some("EDIT" | "REDACT") => return self.amendment_failed(message, &text),
            Some("SEARCH") if message.params().contains(&"in") => {
                return self
                    .cannot("this server searches one conversation at a time: add in:#room or in:@user");
            }
            Some("SEARCH") => return self.cannot(&format!("the search failed: {text}")),
            _ => {}
        }
        let shut = message.params().iter().find(|param| self.is_entering(param)).copied();
        if let Some(room) = shut.filter(|_| message.param(0) == Some("JOIN")) {
            return self.shut_out(room, &text);
        }
        self.refused(message, arrival, text);
    }

    /// `404 <me> <target> :text`
    fn error_reply(&mut self, message: &Message<'_>, arrival: &Arrival) {
        let about = if message.params().len() > 2 { message.param(1) } else { None };
        let text = match about {
            Some(about) => format!("{about}: {}", last(message)),
            None => last(message),
        };
        if let Some(room) = about.filter(|about| self.is_entering(about)) {
            return self.shut_out(room, &text);
        }
        self.refused(message, arrival, text);
    }

    fn is_entering(&self, room: &str) -> bool {
        is_room(room)
            && self.conversations.get(&fold(room)).is_some_and(|known| known.wanted && !known.joined)
    }

    /// Finds the message that an error is about: by its label, else by its target.
    fn refused(&mut self, message: &Message<'_>, arrival: &Arrival, text: String) {
        let labelled = arrival.label.as_deref().and_then(|label| self.outbox.take_label(label));
        let speaking = matches!(message.command, "401" | "403" | "404" | "412" | "417" | "477" | "FAIL");
        let pending = labelled.or_else(|| {
            let unlabelled = arrival.label.is_none() && speaking;
            let targets = message.params();
            // What is wrong with a batch names no target.
            let batch = targets.first() == Some(&"BATCH");
            let fits = |p: &Pending| targets.iter().any(|param| p.is_for(param)) || batch && p.is_multiline();
            unlabelled.then(|| self.outbox.take_at(Stage::Sent, fits)).flatten()
        });
        match pending {
            Some(pending) => self.fail_one(pending, &text),
            None => self.events.push_back(Event::Failed { reason: text, unsent: None }),
        }
    }
}

fn is_error(code: &str) -> bool {
    code.len() == 3
        && code.bytes().all(|byte| byte.is_ascii_digit())
        && matches!(code.as_bytes()[0], b'4' | b'5')
        && code != "422"
        || matches!(code, "696" | "902" | "904")
}
