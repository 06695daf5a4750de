//! Showing what the tail brought: which items this client sees, and in which words.

use crate::ids::{RoomId, Seq};
use crate::journal::{Delivery, Item, News, Origin, Signal};
use crate::protocol::Cap;
use crate::room::{Entry, Event, Role, Said, Speech};

use super::render::{self, Class};
use super::reply::Cause;
use super::{Session, Stage};

impl Session {
    /// Shows all that waits, as long as the client keeps up with reading.
    pub(super) async fn deliver(&mut self) {
        while !self.out.is_full() && self.closing.is_none() {
            if !self.behind.is_empty() {
                self.catch_up().await;
                continue;
            }
            let drained = self.inbox.drain();
            if drained.deliveries.is_empty() && !drained.lagging {
                return;
            }
            for delivery in drained.deliveries {
                match delivery {
                    Delivery::Chunk(chunk) => {
                        for item in &chunk.items {
                            self.show(item).await;
                        }
                    }
                    Delivery::Receipt(command, result) => self.receipt(command, result),
                    Delivery::Done(command) => self.done(command),
                    Delivery::Close(reason) => self.close(reason),
                }
            }
            if drained.lagging {
                self.fall_behind();
            }
        }
    }

    async fn show(&mut self, item: &Item) {
        let class = Class::of(self.caps);
        match &item.news {
            News::Entry(entry) => {
                if self.advance(entry) {
                    self.show_entry(entry, item.origin, render::item(item, class)).await;
                }
            }
            News::Signal(signal) => self.show_signal(signal, item, class),
        }
    }

    /// Shows an entry if it is for this client. `line` is it in the session's class.
    pub(super) async fn show_entry(&mut self, entry: &Entry, origin: Option<Origin>, line: &[u8]) {
        let mine = origin.filter(|origin| origin.session == self.id);
        let is_me = entry.author.nick.as_str() == self.shown_nick();
        match &entry.event {
            Event::Said(said) => self.show_said(said, entry, mine, line),
            Event::Joined { .. } if is_me => {
                self.push(line, self.cause(mine));
                if mine.is_none() {
                    self.show_room_after_join(entry.room).await;
                }
            }
            Event::Joined { .. } => {
                self.push(line, Cause::Other);
                self.show_away_of(entry);
            }
            Event::Parted { .. } | Event::Quit { .. } => {
                self.push(line, self.cause(mine));
                if is_me {
                    self.cursors.remove(&entry.room);
                }
            }
            Event::Kicked { nick, .. } => {
                self.push(line, self.cause(mine));
                if nick.as_str() == self.shown_nick() {
                    self.cursors.remove(&entry.room);
                }
            }
            Event::Invited { nick, .. } => {
                let invited = nick.as_str() == self.shown_nick();
                if invited || (self.has(Cap::InviteNotify) && !is_me) {
                    self.push(line, Cause::Other);
                }
            }
            Event::TopicSet { .. } | Event::ModesChanged { .. } => self.push(line, self.cause(mine)),
            Event::NickChanged { nick } => {
                self.push(line, self.cause(mine));
                self.learn_nick(is_me, nick);
            }
        }
    }

    fn show_said(&mut self, said: &Said, entry: &Entry, mine: Option<Origin>, line: &[u8]) {
        if said.speech == Speech::Tags && !self.has(Cap::MessageTags) {
            return;
        }
        if said.audience > Role::Member && mine.is_none() && self.role_in(entry.room) < Some(said.audience) {
            return;
        }
        self.show_spoken(&entry.target, mine, Some(entry), line);
    }

    /// A message of one's own is echoed to who wants echoes; one to oneself also arrives.
    fn show_spoken(&mut self, target: &str, mine: Option<Origin>, entry: Option<&Entry>, line: &[u8]) {
        let Some(origin) = mine else {
            let label = entry.and_then(|entry| self.label_of_late_echo(entry.msgid()));
            return self.push_labelled(line, label.as_deref());
        };
        if self.has(Cap::EchoMessage) {
            if origin.command == self.command && self.response.is_some() {
                self.push(line, Cause::Command);
            } else {
                let label = self.label_of_echo(origin.command);
                self.push_labelled(line, label.as_deref());
            }
        }
        if target == self.shown_nick() {
            self.push(line, Cause::Other);
        }
    }

    fn show_signal(&mut self, signal: &Signal, item: &Item, class: Class) {
        let mine = item.origin.filter(|origin| origin.session == self.id);
        match signal {
            Signal::NickChanged { author, nick, places } => {
                self.advance_places(places);
                self.push(render::item(item, class), self.cause(mine));
                self.learn_nick(author.nick.as_str() == self.shown_nick(), nick);
            }
            Signal::Quit { places, .. } => {
                self.advance_places(places);
                self.push(render::item(item, class), Cause::Other);
            }
            Signal::Away { author, .. } => {
                if self.has(Cap::AwayNotify) && author.nick.as_str() != self.shown_nick() {
                    self.push(render::item(item, class), Cause::Other);
                }
            }
            Signal::RealName { .. } => {
                if self.has(Cap::Setname) {
                    self.push(render::item(item, class), self.cause(mine));
                }
            }
            Signal::Said { target, .. } => {
                if self.has(Cap::MessageTags) {
                    self.show_spoken(target, mine, None, render::item(item, class));
                }
            }
            Signal::ReadMarker { .. } => {
                if self.has(Cap::ReadMarker) && mine.is_none() {
                    self.push(render::item(item, class), Cause::Other);
                }
            }
        }
    }

    /// Moves the room's cursor; `false` if the entry was shown before.
    pub(super) fn advance(&mut self, entry: &Entry) -> bool {
        let is_stranger =
            matches!(entry.event, Event::Invited { .. }) && !self.cursors.contains_key(&entry.room);
        if is_stranger {
            return true;
        }
        let cursor = self.cursors.entry(entry.room).or_default();
        let is_new = entry.seq > *cursor;
        *cursor = (*cursor).max(entry.seq);
        is_new
    }

    fn advance_places(&mut self, places: &[(RoomId, Seq)]) {
        for (room, seq) in places {
            if let Some(cursor) = self.cursors.get_mut(room) {
                *cursor = (*cursor).max(*seq);
            }
        }
    }

    fn cause(&self, mine: Option<Origin>) -> Cause {
        match mine {
            Some(origin) if origin.command == self.command => Cause::Command,
            Some(_) | None => Cause::Other,
        }
    }

    fn learn_nick(&mut self, is_me: bool, nick: &crate::names::Nick) {
        if let Stage::Registered(registered) = &mut self.stage
            && is_me
        {
            registered.nick = nick.clone();
        }
    }

    fn role_in(&self, room: RoomId) -> Option<Role> {
        self.service.journal.directory().read().rooms.get(&room)?.role(self.user())
    }

    /// Who joins while away is shown as such. Source: IRCv3 away-notify.
    fn show_away_of(&mut self, joined: &Entry) {
        if !self.has(Cap::AwayNotify) {
            return;
        }
        let user = self.service.journal.directory().user_by_nick(joined.author.nick.as_str());
        if let Some(text) = user.as_ref().and_then(|user| user.away_text()) {
            let line = format!(":{} AWAY :{text}\r\n", joined.author);
            self.push(line.as_bytes(), Cause::Other);
        }
    }
}
