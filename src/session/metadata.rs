//! Metadata on this connection: the keys it subscribed to, what it said before it was in, and
//! showing values when it should know them.
//!
//! Source: IRCv3 draft/metadata-2; and -3, which irctest describes, where changes are numerics.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use tokio::time::Instant;

use crate::ids::RoomId;
use crate::journal::{Intent, User, World};
use crate::limits;
use crate::protocol::numeric as n;
use crate::protocol::{Cap, Line};
use crate::room::{Entry, Room};
use crate::store::metadata::{Key, Subject};

use super::Session;
use super::flood::Flood;
use super::render;
use super::reply::Cause;

/// What a connection wants to know, and may say.
#[derive(Debug)]
pub struct Subscriber {
    /// The keys it wants to know, at most [`limits::METADATA_SUBS_MAX`].
    pub keys: BTreeSet<Key>,
    /// What it said of itself before it was in; `None`: that it is to bear no such value.
    pub early: BTreeMap<Key, Option<Arc<str>>>,
    /// Where the answer to SYNC goes on: behind this member, by the folded nick.
    rest: Option<(RoomId, String)>,
    changes: Flood,
}

impl Default for Subscriber {
    fn default() -> Self {
        let changes = Flood::new(limits::METADATA_BURST, limits::METADATA_PER_SECOND, Instant::now());
        Self { keys: BTreeSet::new(), early: BTreeMap::new(), rest: None, changes }
    }
}

impl Subscriber {
    /// Pays for a change; the seconds to wait if there were too many.
    ///
    /// # Errors
    /// The seconds, at least one.
    pub fn pay(&mut self) -> Result<(), u64> {
        let now = Instant::now();
        if let Some(until) = self.changes.wait_until(now) {
            return Err(until.saturating_duration_since(now).as_secs() + 1);
        }
        self.changes.spend(1, now);
        Ok(())
    }
}

impl Session {
    /// A reply: a key's value, or that it has none.
    #[must_use]
    pub fn value_line(&self, target: &str, key: &Key, value: Option<&str>) -> Vec<u8> {
        let line = render::metadata(self.shown_nick(), target, key, value);
        format!(":{} {line}\r\n", self.service.name).into_bytes()
    }

    /// News of a value, for what the client did not ask by key.
    fn news_line(&self, target: &str, key: &Key, value: Option<&str>) -> Vec<u8> {
        if self.has(Cap::Metadata) || !self.has(Cap::Metadata2) {
            return self.value_line(target, key, value);
        }
        let line = Line::new("METADATA").source(&self.service.name).param(target).param(key).param("*");
        let mut bytes = Vec::new();
        value.into_iter().fold(line, Line::param).write_to(&mut bytes);
        bytes
    }

    /// Whether the client understands what it is told of metadata.
    #[must_use]
    pub fn knows_metadata(&self) -> bool {
        self.has(Cap::Metadata) || self.has(Cap::Metadata2)
    }

    fn wants_metadata(&self) -> bool {
        self.knows_metadata() && !self.subscriber.keys.is_empty()
    }

    /// Between the welcome and the message of the day: what was said before takes effect, and the
    /// client learns what it bears.
    pub(super) async fn enter_with_metadata(&mut self) {
        let early = std::mem::take(&mut self.subscriber.early);
        if !early.is_empty() {
            let changes = early.into_iter().collect();
            let intent = Intent::SetMetadata { room: None, changes };
            let journal = self.service.journal.clone();
            // Not `submit`: nothing else may be shown yet.
            if let Err(denied) = journal.submit(self.id, self.command, self.user(), intent).await {
                let nick = self.shown_nick().to_owned();
                self.refuse("METADATA", &nick, &denied);
            }
        }
        self.show_own_metadata();
    }

    /// What the client's user bears, to a client that knows metadata.
    pub(super) fn show_own_metadata(&mut self) {
        if self.knows_metadata() {
            let nick = self.shown_nick().to_owned();
            let lines = {
                let world = self.service.journal.directory().read();
                self.values(&world, Subject::User(self.user()), &nick, |_| true)
            };
            self.send_batch("metadata", &[&nick], &lines);
        }
    }

    /// A change; `shared` is it for version 3, without a source.
    pub(super) fn show_metadata(&mut self, target: &str, key: &Key, value: Option<&str>, shared: &[u8]) {
        if !self.knows_metadata() || !self.subscriber.keys.contains(key) {
            return;
        }
        if self.has(Cap::Metadata) {
            self.push_from_server(shared);
        } else {
            let line = self.news_line(target, key, value);
            self.push(&line, Cause::Other);
        }
    }

    /// The subscribed values of a room that was just joined, and of its members.
    pub(super) fn show_subscribed_in(&mut self, room: &Room) {
        if self.wants_metadata() {
            let (lines, rest) = self.page(room, None);
            if !lines.is_empty() {
                self.send_page(room, &lines, rest);
            }
        }
    }

    /// The answer to SYNC for a room; if it is too much at once, the next one goes on.
    pub fn sync_room(&mut self, room: &Room) {
        let after = self.subscriber.rest.take().filter(|(id, _)| *id == room.id).map(|(_, nick)| nick);
        let (lines, rest) = self.page(room, after.as_deref());
        self.send_page(room, &lines, rest);
    }

    fn send_page(&mut self, room: &Room, lines: &[Vec<u8>], rest: Option<String>) {
        let name = room.name().map_or("*", |name| name.as_str());
        self.send_batch("metadata", &[name], lines);
        if let Some(nick) = rest {
            self.subscriber.rest = Some((room.id, nick));
            self.numeric(n::RPL_METADATASYNCLATER, &[name]);
        }
    }

    /// At most [`limits::METADATA_PAGE_LEN_MAX`] values, and the member behind whom to go on.
    fn page(&self, room: &Room, after: Option<&str>) -> (Vec<Vec<u8>>, Option<String>) {
        let world = self.service.journal.directory().read();
        let keys = &self.subscriber.keys;
        let is_wanted = |key: &Key| keys.contains(key);
        let mut lines = Vec::new();
        if let (None, Some(name)) = (after, room.name()) {
            lines = self.values(&world, Subject::Room(room.id), name.as_str(), is_wanted);
        }
        let bearers = room.members.keys().filter(|id| world.metadata_of(Subject::User(**id)).is_some());
        let mut members: Vec<(String, &Arc<User>)> = bearers
            .filter_map(|id| world.users.get(id))
            .map(|user| (user.author.nick.folded(), user))
            .filter(|(nick, _)| after.is_none_or(|after| nick.as_str() > after))
            .collect();
        members.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut last = String::new();
        for (nick, user) in members {
            let more = self.values(&world, Subject::User(user.id), user.author.nick.as_str(), is_wanted);
            if lines.len() + more.len() > limits::METADATA_PAGE_LEN_MAX {
                return (lines, Some(last));
            }
            lines.extend(more);
            last = nick;
        }
        (lines, None)
    }

    /// The values of these newly subscribed keys of all that the client hears of; where they are too
    /// many, it is told what to ask for.
    pub fn show_current(&mut self, keys: &BTreeSet<Key>) {
        match self.current(keys) {
            Some(lines) => lines.iter().for_each(|line| self.push(line, Cause::Command)),
            None => self.tell_to_sync(Cause::Command),
        }
    }

    /// `None`: more than [`limits::METADATA_PAGE_LEN_MAX`].
    fn current(&self, keys: &BTreeSet<Key>) -> Option<Vec<Vec<u8>>> {
        let world = self.service.journal.directory().read();
        let own = world.users.get(&self.user())?;
        let rooms: Vec<&Arc<Room>> = own.rooms.iter().filter_map(|id| world.rooms.get(id)).collect();
        let watched = self.watched.iter().filter_map(|nick| world.nicks.get(nick));
        let members = rooms.iter().flat_map(|room| room.members.keys());
        let mut lines = Vec::new();
        for room in &rooms {
            let name = room.name().map_or("*", |name| name.as_str());
            lines.extend(self.values(&world, Subject::Room(room.id), name, |key| keys.contains(key)));
        }
        let mut told = HashSet::new();
        for id in std::iter::once(&own.id).chain(members).chain(watched).filter(|id| told.insert(**id)) {
            let Some(user) = world.users.get(id) else { continue };
            let name = user.author.nick.as_str();
            lines.extend(self.values(&world, Subject::User(*id), name, |key| keys.contains(key)));
            if lines.len() > limits::METADATA_PAGE_LEN_MAX {
                return None;
            }
        }
        Some(lines)
    }

    /// Names all whose values the client may not know: 774, IRCv3 draft/metadata, postponed
    /// synchronization.
    pub(super) fn tell_to_sync(&mut self, cause: Cause) {
        if !self.wants_metadata() {
            return;
        }
        let targets: Vec<String> = {
            let world = self.service.journal.directory().read();
            let Some(own) = world.users.get(&self.user()) else { return };
            let rooms = own.rooms.iter().filter_map(|id| world.rooms.get(id)?.name());
            let watched = self.watched.iter().filter_map(|nick| world.users.get(world.nicks.get(nick)?));
            let nicks = std::iter::once(own).chain(watched).map(|user| user.author.nick.to_string());
            rooms.map(ToString::to_string).chain(nicks).collect()
        };
        for target in targets {
            let numeric = n::RPL_METADATASYNCLATER.digits();
            let line = format!(":{} {numeric} {} {target}\r\n", self.service.name, self.shown_nick());
            self.push(line.as_bytes(), cause);
        }
    }

    /// Who joins a room is known there by what they bear, unless they were known already.
    pub(super) fn show_newcomer(&mut self, joined: &Entry) {
        if !self.wants_metadata() {
            return;
        }
        let directory = self.service.journal.directory();
        let user = directory.user_by_nick(joined.author.nick.as_str());
        let (Some(user), Some(own)) = (user, directory.user(self.user())) else { return };
        let is_known = user.rooms.intersection(&own.rooms).any(|room| *room != joined.room)
            || self.watched.contains(&user.author.nick);
        if !is_known {
            self.show_subscribed_of(&user, Cause::Other);
        }
    }

    /// The subscribed values of a user.
    pub(super) fn show_subscribed_of(&mut self, user: &User, cause: Cause) {
        if !self.wants_metadata() {
            return;
        }
        for line in self.subscribed(Subject::User(user.id), user.author.nick.as_str()) {
            self.push(&line, cause);
        }
    }

    /// The lines of one subject's subscribed values.
    #[must_use]
    pub fn subscribed(&self, subject: Subject, name: &str) -> Vec<Vec<u8>> {
        let world = self.service.journal.directory().read();
        self.values(&world, subject, name, |key| self.subscriber.keys.contains(key))
    }

    fn values(
        &self,
        world: &World,
        subject: Subject,
        name: &str,
        is_wanted: impl Fn(&Key) -> bool,
    ) -> Vec<Vec<u8>> {
        let all = world.metadata_of(subject).into_iter().flat_map(|metadata| metadata.iter());
        let wanted = all.filter(|(key, _)| is_wanted(key));
        wanted.map(|(key, value)| self.news_line(name, key, Some(value))).collect()
    }
}
