//! Catching up: a session that lagged reads what it missed from the store, a page at a time.
//!
//! Nothing newer is shown before. Signals that passed meanwhile are lost; what they would have told
//! of those who are watched, and of metadata, is told anew.

use std::collections::{HashMap, HashSet};

use crate::clock::Timestamp;
use crate::ids::{RoomId, Seq, UserId};
use crate::limits;
use crate::protocol::Line;
use crate::range::{Content, Point, Range};
use crate::room::{Entry, Event};

use super::metrics::Lag;
use super::render::{self, Class};
use super::reply::Cause;
use super::{Session, Stage};

/// What a session that lagged has still to read.
#[derive(Debug, Default)]
pub(super) struct Behind {
    rooms: Vec<RoomId>,
    /// Whether signals were lost of which the client must not keep a wrong picture.
    signals: bool,
    /// Nick changes and leavings stand in every common room; these were shown.
    told: HashSet<(String, Timestamp)>,
    /// Rooms that the session left on the way, and where; it may have come back.
    left: HashMap<RoomId, Seq>,
    /// Counts it as one that lags; boxed, because most never do.
    lag: Option<Box<Lag>>,
}

impl Behind {
    /// Whether there is nothing to read.
    pub(super) fn is_empty(&self) -> bool {
        self.rooms.is_empty() && !self.signals
    }

    /// Whether the session read past this entry on its way out of the room: the tail may bring it still.
    pub(super) fn has_left_behind(&self, entry: &Entry) -> bool {
        self.left.get(&entry.room).is_some_and(|left| entry.seq <= *left)
    }
}

impl Session {
    /// Notes that deliveries were dropped: of rooms with news, and of those it may have left.
    pub(super) fn fall_behind(&mut self) {
        tracing::debug!(session.id = %self.id, "the session lags and reads from the store");
        let known = self.service.journal.directory().rooms_of(self.user());
        let has_news = |id: RoomId, head: Seq| self.cursors.get(&id).is_none_or(|cursor| *cursor < head);
        let news = known.iter().filter(|(room, head)| has_news(room.id, head.seq));
        let mut rooms: Vec<RoomId> = news.map(|(room, _)| room.id).collect();
        let still: HashSet<RoomId> = known.iter().map(|(room, _)| room.id).collect();
        let directory = self.service.journal.directory().read();
        let is_named = |id: &RoomId| directory.rooms.get(id).is_none_or(|room| room.name().is_some());
        rooms.extend(self.cursors.keys().filter(|id| !still.contains(id) && is_named(id)));
        drop(directory);
        self.service.metrics.lagged.inc();
        // One that lags again before it has caught up lags on.
        let lag = self.behind.lag.take().or_else(|| Some(Box::new(self.service.metrics.lag())));
        self.behind = Behind { rooms, signals: true, lag, ..Behind::default() };
        self.expect_late_echoes();
    }

    /// Shows one page of what was missed.
    pub(super) async fn catch_up(&mut self) {
        if let Some(room) = self.behind.rooms.last().copied() {
            match self.next_place(room) {
                Some(place) => self.read_on(room, place).await,
                None => {
                    self.behind.rooms.pop();
                    self.enter_missed_room(room).await;
                }
            }
        }
        if self.behind.rooms.is_empty() {
            self.behind.signals = false;
            self.behind.lag = None;
            self.forget_unseen();
            self.learn_missed_nick();
            self.show_watched_again();
            self.tell_to_sync(Cause::Other);
        }
    }

    async fn read_on(&mut self, room: RoomId, place: Point) {
        let range = Range::After(place);
        let page = self.service.store.range(room, Seq(0), range, Content::Events, limits::GAP_PAGE_LEN).await;
        let Ok(page) = page else {
            return self.close("You fell behind and history is unavailable; connect again");
        };
        self.service.metrics.caught_up.inc_by(page.len() as u64);
        let class = Class::of(self.caps);
        for entry in &page {
            // A page of long messages may be more than fits: it is read again from the last one shown.
            if self.out.is_full() {
                return;
            }
            if self.is_own_join(entry) {
                self.behind.left.remove(&room);
            }
            if let Some(left) = self.behind.left.get_mut(&room) {
                *left = entry.seq;
                continue;
            }
            let was_in = self.cursors.contains_key(&room);
            if self.advance(entry) && self.is_news(entry) {
                let line = render::entry(entry, class);
                self.show_entry(entry, None, &line).await;
            }
            if was_in && !self.cursors.contains_key(&room) {
                self.behind.left.insert(room, entry.seq);
            }
        }
        if page.len() < limits::GAP_PAGE_LEN {
            self.behind.rooms.pop();
        }
    }

    /// Behind what to read on. A conversation that began while the session lagged is read from its
    /// beginning, by a guest from their own.
    fn next_place(&self, room: RoomId) -> Option<Point> {
        if let Some(cursor) = self.cursors.get(&room) {
            return Some(Point::Seq(*cursor));
        }
        let world = self.service.journal.directory().read();
        let is_direct = world.rooms.get(&room).is_some_and(|room| room.name().is_none());
        let user = world.users.get(&self.user())?;
        if let Some(left) = self.behind.left.get(&room) {
            return user.rooms.contains(&room).then_some(Point::Seq(*left));
        }
        is_direct.then(|| match user.id {
            UserId::Account(_) => Point::Seq(Seq(0)),
            UserId::Guest(_) => Point::Time(Timestamp(user.since.0 - 1)),
        })
    }

    /// A room that another session entered meanwhile: it is shown from that JOIN on.
    async fn enter_missed_room(&mut self, room: RoomId) {
        let directory = self.service.journal.directory();
        let Some((room, head)) = directory.rooms_of(self.user()).into_iter().find(|(one, _)| one.id == room)
        else {
            return;
        };
        let range = Range::Latest(None);
        let page =
            self.service.store.range(room.id, Seq(0), range, Content::Events, limits::GAP_PAGE_LEN).await;
        let page = page.unwrap_or_default();
        let joined = page.iter().rfind(|entry| self.is_own_join(entry)).map(|entry| entry.seq);
        if let Some(joined) = joined {
            self.behind.left.insert(room.id, Seq(joined.0 - 1));
            self.behind.rooms.push(room.id);
        } else {
            self.cursors.insert(room.id, head.seq);
            self.show_room(&room).await;
        }
    }

    /// A nick that changed while the session lagged, and that no room told of.
    fn learn_missed_nick(&mut self) {
        let Some(user) = self.service.journal.directory().user(self.user()) else { return };
        let nick = &user.author.nick;
        if nick.as_str() != self.shown_nick() {
            let old = format!("{}!{}@{}", self.shown_nick(), user.author.user, user.author.host);
            let line = Line::new("NICK").source(old).param(nick);
            self.push(format!("{line}\r\n").as_bytes(), Cause::Other);
            if let Stage::Registered(registered) = &mut self.stage {
                registered.nick = nick.clone();
            }
        }
    }

    fn is_news(&mut self, entry: &Entry) -> bool {
        let everywhere = matches!(entry.event, Event::NickChanged { .. } | Event::Quit { .. });
        !everywhere || self.behind.told.insert((entry.author.to_string(), entry.at))
    }
}
