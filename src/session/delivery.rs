//! Showing what the tail brought: which items this client sees, and in which words.

use crate::ids::{RoomId, Seq};
use crate::journal::{Chunk, Delivery, Item, News, Origin, Signal};
use crate::names::RoomName;
use crate::protocol::Cap;
use crate::room::{Author, Entry, Event, Role, Said, Speech};

use super::renaming::Renamed;
use super::render::{self, Class};
use super::reply::Cause;
use super::{Session, Stage};

impl Session {
    /// Shows all that waits, as long as the client keeps up with reading.
    pub(super) async fn deliver(&mut self) {
        while self.deliver_up_to_join().await {}
    }

    /// The same up to the JOIN of the command that runs; whether there was one.
    pub(super) async fn deliver_up_to_join(&mut self) -> bool {
        while !self.out.is_full() && self.closing.is_none() {
            if !self.behind.is_empty() {
                self.catch_up().await;
            } else if let Some(delivery) = self.drained.deliveries.pop_front() {
                self.take(delivery).await;
                if std::mem::take(&mut self.paused) {
                    return true;
                }
            } else if std::mem::take(&mut self.drained.lagging) {
                self.fall_behind();
            } else {
                self.drained = self.inbox.drain();
                if self.drained.deliveries.is_empty() && !self.drained.lagging {
                    return false;
                }
            }
        }
        false
    }

    async fn take(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Chunk(chunk) => self.show_chunk(&chunk).await,
            Delivery::Receipt(command, result) => self.receipt(command, result),
            Delivery::Done(command) => self.done(command, self.drained.lagging),
            Delivery::SignedIn(signed_in) => self.become_account(*signed_in).await,
            Delivery::Policy => self.learn_policy(),
            Delivery::Close(reason) => self.close(reason),
        }
    }

    async fn show_chunk(&mut self, chunk: &Chunk) {
        let encoding = render::chunk(chunk, Class::of(self.caps));
        if self.advance_over(chunk.items()) {
            return self.push_shared(&encoding.lines);
        }
        for (index, item) in chunk.items().iter().enumerate() {
            self.show(item, encoding.of_item(index)).await;
        }
    }

    /// Moves the room's cursor over all of it, if these are plain messages of others that were not
    /// shown before: such ones can be shown together.
    fn advance_over(&mut self, items: &[Item]) -> bool {
        let (Some(first), Some(last)) =
            (items.first().and_then(Item::plain), items.last().and_then(Item::plain))
        else {
            return false;
        };
        let is_mine = |item: &Item| item.origin.is_some_and(|origin| origin.session == self.id);
        if items.iter().any(is_mine) || self.expects_late_echoes() {
            return false;
        }
        match self.cursors.get_mut(&first.room) {
            Some(cursor) if *cursor < first.seq => {
                *cursor = last.seq;
                true
            }
            Some(_) | None => false,
        }
    }

    async fn show(&mut self, item: &Item, line: &[u8]) {
        match &item.news {
            News::Entry(entry) => {
                if self.advance(entry) {
                    self.show_entry(entry, item.origin, line).await;
                }
            }
            News::Signal(signal) => self.show_signal(signal, item.origin, line),
            News::Watched(signal) if self.has(Cap::ExtendedMonitor) => {
                self.show_signal(signal, item.origin, line);
            }
            News::Watched(_) => {}
        }
    }

    /// Shows an entry if it is for this client. `line` is it in the session's class.
    pub(super) async fn show_entry(&mut self, entry: &Entry, origin: Option<Origin>, line: &[u8]) {
        let mine = origin.filter(|origin| origin.session == self.id);
        match &entry.event {
            Event::Said(said) => self.show_said(said, entry, mine, line),
            Event::Edited(edited) => {
                if mine.is_some() || self.is_heard_by(edited.audience, entry.room) {
                    self.show_spoken(&entry.target, mine, Some(entry), line);
                }
            }
            Event::Redacted(redacted) => {
                let may_see = mine.is_some() || self.is_heard_by(redacted.audience, entry.room);
                if self.has(Cap::MessageRedaction) && may_see {
                    self.push(line, self.cause(mine));
                }
            }
            Event::Joined { .. } if self.is_me(&entry.author) => {
                self.push(line, self.cause(mine));
                if mine.is_none()
                    && let Ok(name) = RoomName::parse(&entry.target)
                {
                    let aside = self.set_response_aside();
                    self.show_room_after_join(entry.room, &name).await;
                    self.resume_response(aside);
                }
                self.paused = mine.is_some();
            }
            Event::Joined { .. } => {
                self.push(line, Cause::Other);
                self.show_away_of(entry);
                self.show_newcomer(entry);
            }
            Event::Parted { .. } | Event::Quit { .. } => {
                self.push(line, self.cause(mine));
                if self.is_me(&entry.author) {
                    self.cursors.remove(&entry.room);
                }
            }
            Event::Kicked { user, .. } => {
                self.push(line, self.cause(mine));
                if *user == self.user() {
                    self.cursors.remove(&entry.room);
                }
            }
            Event::Invited { user, .. } => {
                let invited = *user == self.user();
                if invited || (self.has(Cap::InviteNotify) && !self.is_me(&entry.author)) {
                    self.push(line, Cause::Other);
                }
            }
            Event::TopicSet { .. } | Event::ModesChanged { .. } => self.push(line, self.cause(mine)),
            Event::NickChanged { nick } => {
                self.push(line, self.cause(mine));
                self.learn_nick(self.is_me(&entry.author), nick);
            }
            Event::Renamed { from, to, reason } => {
                let name = Renamed { room: entry.room, from, to, reason };
                self.show_renamed(name, self.cause(mine), line).await;
            }
        }
    }

    fn show_said(&mut self, said: &Said, entry: &Entry, mine: Option<Origin>, line: &[u8]) {
        if said.speech == Speech::Tags && !self.has(Cap::MessageTags) {
            return;
        }
        if mine.is_none() && !self.is_heard_by(said.audience, entry.room) {
            return;
        }
        self.show_spoken(&entry.target, mine, Some(entry), line);
    }

    /// A message of one's own is echoed to who wants echoes; one to oneself also arrives.
    fn show_spoken(&mut self, target: &str, mine: Option<Origin>, entry: Option<&Entry>, line: &[u8]) {
        let Some(origin) = mine else {
            return match entry.and_then(|entry| self.late_echo(entry.msgid())) {
                Some(_) if !self.has(Cap::EchoMessage) => {}
                Some(label) => self.push_labelled(line, label.as_deref()),
                None => self.push(line, Cause::Other),
            };
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

    fn show_signal(&mut self, signal: &Signal, origin: Option<Origin>, line: &[u8]) {
        let mine = origin.filter(|origin| origin.session == self.id);
        match signal {
            Signal::NickChanged { author, nick, places } => {
                if self.advance_places(places) {
                    self.push(line, self.cause(mine));
                    self.learn_nick(self.is_me(author), nick);
                }
            }
            Signal::Quit { places, .. } => {
                if self.advance_places(places) {
                    self.push(line, Cause::Other);
                }
            }
            Signal::Account { author, places, .. } => {
                if self.has(Cap::AccountNotify) && self.has_news(places) && !self.is_me(author) {
                    self.push(line, Cause::Other);
                }
            }
            Signal::Host { places, .. } => {
                self.advance_places(places);
                if self.has(Cap::Chghost) {
                    self.push(line, Cause::Other);
                }
            }
            Signal::Away { author, .. } => {
                if self.has(Cap::AwayNotify) && !self.is_me(author) {
                    self.push(line, Cause::Other);
                }
            }
            Signal::UserModes { .. } | Signal::Wallops { .. } => {
                self.push(line, self.cause(mine));
            }
            Signal::RealName { .. } => {
                if self.has(Cap::Setname) {
                    self.push(line, self.cause(mine));
                }
            }
            Signal::Said { target, said, id, .. } => {
                let may_see = mine.is_some() || self.is_heard_by(said.audience, id.room);
                if self.has(Cap::MessageTags) && may_see {
                    self.show_spoken(target, mine, None, line);
                }
            }
            Signal::ReadMarker { .. } => {
                if self.has(Cap::ReadMarker) && mine.is_none() {
                    self.push(line, Cause::Other);
                }
            }
            Signal::Online { author } => {
                self.show_presence(&author.nick, Some(author), line);
            }
            Signal::Offline { nick } => self.show_presence(nick, None, line),
            Signal::Metadata { target, key, value } => {
                if mine.is_none() {
                    self.show_metadata(target, key, value.as_deref(), line);
                }
            }
        }
    }

    /// Moves the room's cursor; `false` if the entry was shown before. What is heard of a room one
    /// is not in (an invitation, one's own words from outside) moves none.
    pub(super) fn advance(&mut self, entry: &Entry) -> bool {
        if let Some(cursor) = self.cursors.get_mut(&entry.room) {
            let is_new = entry.seq > *cursor;
            *cursor = (*cursor).max(entry.seq);
            return is_new;
        }
        if self.behind.has_left_behind(entry) && !matches!(entry.event, Event::Invited { .. }) {
            return false;
        }
        let is_direct = !entry.target.starts_with('#');
        if is_direct || self.is_own_join(entry) {
            self.cursors.insert(entry.room, entry.seq);
        }
        true
    }

    /// Whether oneself enters the room.
    pub(super) fn is_own_join(&self, entry: &Entry) -> bool {
        matches!(entry.event, Event::Joined { .. }) && self.is_me(&entry.author)
    }

    /// Whether what stands at these places was not shown yet.
    fn has_news(&self, places: &[(RoomId, Seq)]) -> bool {
        let mut cursors =
            places.iter().filter_map(|(room, seq)| Some((self.cursors.get(room)?, seq))).peekable();
        cursors.peek().is_none() || cursors.any(|(cursor, seq)| seq > cursor)
    }

    /// Moves the cursors over an event of several rooms; `false` if it was shown before.
    fn advance_places(&mut self, places: &[(RoomId, Seq)]) -> bool {
        let (mut known, mut is_new) = (false, false);
        for (room, seq) in places {
            if let Some(cursor) = self.cursors.get_mut(room) {
                known = true;
                is_new |= *seq > *cursor;
                *cursor = (*cursor).max(*seq);
            }
        }
        is_new || !known
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

    /// Whether the audience that the words were meant for includes this user.
    fn is_heard_by(&self, audience: Role, room: RoomId) -> bool {
        audience == Role::Member || {
            let world = self.service.journal.directory().read();
            world.rooms.get(&room).and_then(|room| room.role(self.user())) >= Some(audience)
        }
    }

    /// Whether this was oneself: an account whatever the nick was, a guest by the nick.
    pub(super) fn is_me(&self, author: &Author) -> bool {
        match (self.account(), &author.account) {
            (Some((_, own)), Some(account)) => own == account,
            (None, None) => author.nick.as_str() == self.shown_nick(),
            (Some(_), None) | (None, Some(_)) => false,
        }
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
