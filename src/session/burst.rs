//! What a client is shown when it enters: the welcome, its rooms, and what it missed.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::ids::RoomId;
use crate::journal::{Attached, Intent, Outcome, UserMode};
use crate::limits;
use crate::names::RoomName;
use crate::protocol::numeric as n;
use crate::protocol::{Cap, Line, Numeric};
use crate::range::{Content, Point, Range};
use crate::room::modes::MODES;
use crate::room::{Flag, Intent as RoomIntent, Kind, Mode, Room};

use super::render::{self, Class};
use crate::store::Head;
use crate::store::accounts::Account;

use super::Session;
use super::reply::Cause;

/// Bytes of names in one line of 353.
const NAMES_BYTES_MAX: usize = 300;

impl Session {
    /// Welcomes the client and shows it the rooms it is in.
    pub(super) async fn burst(&mut self, attached: Attached, is_first_visit: bool) {
        let entered_at = self.service.clock.now();
        self.enter_roster();
        // Looked at now that an expulsion finds the session: whoever suspends the account either is
        // seen here or sees this session.
        let account = self.stored_account().await;
        if account.as_ref().is_some_and(|account| account.suspended) {
            return self.close("Your account is suspended");
        }
        if self.is_refused_by_ban() {
            return;
        }
        self.welcome();
        self.enter_with_metadata().await;
        self.motd();
        self.numeric(n::RPL_UMODEIS, &[&attached.user.modes.to_string()]);
        self.enter_rooms(attached.rooms, account, entered_at).await;
        if is_first_visit && let Some(room) = self.service.default_room.clone() {
            self.join(&room, None).await;
        }
    }

    /// Shows a client the rooms that it has not seen, and what it missed in private.
    pub(super) async fn enter_rooms(
        &mut self,
        mut rooms: Vec<(Arc<Room>, Head)>,
        account: Option<Account>,
        entered_at: Timestamp,
    ) {
        rooms.retain(|(room, head)| {
            let is_new = !self.cursors.contains_key(&room.id);
            if is_new {
                self.cursors.insert(room.id, head.seq);
            }
            is_new
        });
        rooms.sort_by_key(|(room, _)| room.name().map(RoomName::folded));
        for (room, head) in &rooms {
            if room.name().is_some() {
                self.show_room(room).await;
                self.replay(room.id, Range::Before(Point::Seq(head.seq.next()))).await;
            }
        }
        if let Some(account) = account {
            let seen_at = account.seen_at.unwrap_or_default();
            for (room, head) in &rooms {
                if room.name().is_none() && head.message_at >= Some(seen_at) {
                    let missed = Point::Time(Timestamp(seen_at.0 - 1));
                    self.replay(room.id, Range::Between(Point::Seq(head.seq.next()), missed)).await;
                }
            }
            self.note_seen(account.id, entered_at).await;
        }
    }

    fn welcome(&mut self) {
        let service = Arc::clone(&self.service);
        let (nick, server) = (self.shown_nick().to_owned(), service.name.as_str());
        let version = concat!("chat-secure-", env!("CARGO_PKG_VERSION"));
        let text = |numeric: Numeric, text: String| Line::new(numeric.digits()).param(&nick).param(text);
        self.send(text(n::RPL_WELCOME, format!("Welcome to {}, {nick}", service.network_name)));
        self.send(text(n::RPL_YOURHOST, format!("Your host is {server}, running version {version}")));
        self.send(text(n::RPL_CREATED, format!("This server was started {}", service.started_at)));
        let user_modes: String = UserMode::ALL.into_iter().map(UserMode::letter).collect();
        let letters: String = MODES.iter().map(|(letter, _)| letter).collect();
        let has_param = |mode: &Mode| !matches!(mode, Mode::Flag(_));
        let with_param: String =
            MODES.iter().filter(|(_, mode)| has_param(mode)).map(|(letter, _)| letter).collect();
        self.numeric(n::RPL_MYINFO, &[server, version, &user_modes, &letters, &with_param]);
        self.isupport();
    }

    /// Sends what the server supports. Source: modern.ircdocs.horse, RPL_ISUPPORT; IRCv3
    /// draft/extended-isupport.
    pub fn isupport(&mut self) {
        let service = Arc::clone(&self.service);
        let lines = service.isupport().into_iter().map(|tokens| {
            let line = Line::new(n::RPL_ISUPPORT.digits()).source(service.name.as_str());
            line.param(self.shown_nick()).params(tokens).param(n::RPL_ISUPPORT.text)
        });
        let lines: Vec<Vec<u8>> = lines.map(|line| format!("{line}\r\n").into_bytes()).collect();
        if self.has(Cap::ExtendedIsupport) {
            return self.send_batch("draft/isupport", &[], &lines);
        }
        for line in &lines {
            self.push(line, Cause::Command);
        }
    }

    /// Sends the message of the day.
    pub fn motd(&mut self) {
        let service = Arc::clone(&self.service);
        if service.motd.is_empty() {
            return self.numeric(n::ERR_NOMOTD, &[]);
        }
        let nick = self.shown_nick().to_owned();
        let line = |numeric: Numeric, text: &str| Line::new(numeric.digits()).param(&nick).param(text);
        self.send(line(n::RPL_MOTDSTART, &format!("- {} message of the day -", service.name)));
        for text in &service.motd {
            self.send(line(n::RPL_MOTD, &format!("- {text}")));
        }
        self.numeric(n::RPL_ENDOFMOTD, &[]);
    }

    /// Joins a room; the reply is what a join shows, or the reason why not.
    pub async fn join(&mut self, name: &RoomName, key: Option<String>) {
        if self.service.journal.directory().room(name).is_none() {
            self.surcharge += limits::NEW_ROOM_COST;
        }
        let intent = Intent::InRoom { room: name.clone(), intent: RoomIntent::Join { key } };
        match self.submit(intent).await {
            Ok(Outcome::Entered { room, seq, .. }) => {
                if self.cursors.get(&room).is_some_and(|cursor| *cursor >= seq) {
                    self.show_room_after_join(room, name).await;
                } else {
                    // The client reads so slowly that its own JOIN still waits.
                    self.cursors.insert(room, seq);
                    self.show_joined(room).await;
                }
                self.replay(room, Range::Before(Point::Seq(seq))).await;
            }
            Ok(_) => {}
            Err(denied) => self.refuse("JOIN", name.as_str(), &denied),
        }
    }

    /// Shows a room by its identity, if it is still there.
    pub(super) async fn show_joined(&mut self, id: RoomId) {
        let room = self.service.journal.directory().read().rooms.get(&id).cloned();
        if let Some(room) = room {
            self.show_room(&room).await;
        }
    }

    /// Shows a room one is in to a client that does not know it yet.
    pub(super) async fn show_room(&mut self, room: &Room) {
        let Some(name) = room.name() else { return };
        self.show_own_join(name);
        self.show_room_after_join(room.id, name).await;
    }

    /// Sends one's own JOIN.
    pub(super) fn show_own_join(&mut self, name: &RoomName) {
        let line = Line::new("JOIN").param(name);
        let line = match (self.has(Cap::ExtendedJoin), self.service.journal.directory().user(self.user())) {
            (true, Some(user)) => {
                let account = user.author.account.as_ref().map_or("*", |name| name.as_str()).to_owned();
                line.param(account).param(&user.real_name)
            }
            _ => line,
        };
        self.send_as_self(line);
    }

    /// Topic, read marker, names and metadata, as they follow one's own JOIN under this name. The room
    /// may have another one already; the client learns of that later.
    pub(super) async fn show_room_after_join(&mut self, id: RoomId, name: &RoomName) {
        let Some(mut room) = self.service.journal.directory().read().rooms.get(&id).cloned() else { return };
        if room.name() != Some(name) {
            Arc::make_mut(&mut room).kind = Kind::Named(name.clone());
        }
        let Some(name) = room.name().cloned() else { return };
        if room.settings.topic.is_some() {
            self.topic(&room);
        }
        if self.has(Cap::ReadMarker) {
            self.read_marker(name.as_str()).await;
        }
        if !self.has(Cap::NoImplicitNames) {
            self.names(&room);
        }
        self.show_subscribed_in(&room);
    }

    /// Sends the topic and who set it, or that there is none.
    pub fn topic(&mut self, room: &Room) {
        let name = room.name().map_or("*", |name| name.as_str());
        match &room.settings.topic {
            Some(topic) => {
                let nick = self.shown_nick().to_owned();
                self.send(Line::new(n::RPL_TOPIC.digits()).param(nick).param(name).param(&topic.text));
                let at = topic.at.seconds().to_string();
                self.numeric(n::RPL_TOPICWHOTIME, &[name, &topic.setter, &at]);
            }
            None => self.numeric(n::RPL_NOTOPIC, &[name]),
        }
    }

    /// Sends the names of a room's members, and that these are all.
    pub fn names(&mut self, room: &Room) {
        self.members(room);
        self.numeric(n::RPL_ENDOFNAMES, &[room.name().map_or("*", |name| name.as_str())]);
    }

    /// Sends the names of a room's members.
    pub fn members(&mut self, room: &Room) {
        let name = room.name().map_or("*", |name| name.as_str());
        let secret = room.has(Flag::Secret);
        let shown = self.member_names(room);
        let kind = if secret { "@" } else { "=" };
        let nick = self.shown_nick().to_owned();
        for names in shown {
            self.send(Line::new(n::RPL_NAMREPLY.digits()).param(&nick).param(kind).param(name).param(names));
        }
    }

    /// Members with prefixes, in texts of one line each; who only looks on does not find those who
    /// don't want to be found.
    fn member_names(&self, room: &Room) -> Vec<String> {
        let world = self.service.journal.directory().read();
        let own = world.users.get(&self.user());
        let members = room.members.iter().filter_map(|(id, member)| Some((world.users.get(id)?, member)));
        let members = members.filter(|(user, _)| own.is_some_and(|own| user.is_found_by(own)));
        let mut members: Vec<_> = members.collect();
        members.sort_by_cached_key(|(user, _)| user.author.nick.folded());
        let mut texts: Vec<String> = Vec::new();
        for (user, member) in members {
            let prefix = self.prefix(*member);
            let shown = if self.has(Cap::UserhostInNames) {
                user.author.to_string()
            } else {
                user.author.nick.to_string()
            };
            match texts.last_mut().filter(|text| text.len() + shown.len() < NAMES_BYTES_MAX) {
                Some(text) => text.extend([" ", &prefix, &shown]),
                None => texts.push(prefix + &shown),
            }
        }
        texts
    }

    /// The prefixes of a member: the highest, or all for who knows multi-prefix.
    #[must_use]
    pub fn prefix(&self, member: crate::room::Member) -> String {
        let all = [(member.founder, '~'), (member.operator, '@'), (member.voice, '+')];
        let held = all.iter().filter(|(held, _)| *held).map(|(_, prefix)| prefix);
        if self.has(Cap::MultiPrefix) { held.collect() } else { held.take(1).collect() }
    }

    /// Shows earlier messages to a client that can't ask for them.
    async fn replay(&mut self, room: RoomId, range: Range) {
        let len_max = self.service.limits.replay_len;
        if self.has(Cap::Chathistory) || len_max == 0 {
            return;
        }
        let Some(known) = self.service.journal.directory().read().rooms.get(&room).cloned() else { return };
        let Some(reader) = self.reader(&known, Content::Messages) else { return };
        let Ok(page) = self.service.store.read(room, &reader, range, len_max).await else {
            return self.notice("History is unavailable at the moment");
        };
        let page = self.under_present_names(page);
        let class = Class::of(self.caps);
        // Who knows no echoes takes one's own words to somebody for words of somebody of that nick.
        let shows_own = known.name().is_some() || self.has(Cap::EchoMessage);
        for entry in &page {
            if shows_own || !self.is_me(&entry.author) {
                self.push(&render::entry(entry, class), Cause::Command);
            }
        }
    }

    pub(super) async fn stored_account(&self) -> Option<Account> {
        let (_, name) = self.account()?;
        self.service.store.account(name).await.ok()
    }
}

const _: () = assert!(NAMES_BYTES_MAX + limits::NICK_BYTES_MAX < limits::LINE_BYTES_MAX);
