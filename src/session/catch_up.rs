//! Catching up: a session that lagged reads what it missed from the store, a page at a time.
//!
//! Nothing newer is shown before. Signals that passed meanwhile are lost; they were ephemeral.

use std::collections::HashSet;

use crate::clock::Timestamp;
use crate::ids::{RoomId, Seq};
use crate::limits;
use crate::range::{Content, Point, Range};
use crate::room::{Entry, Event};

use super::Session;
use super::render::{self, Class};

/// What a session that lagged has still to read.
#[derive(Debug, Default)]
pub(super) struct Behind {
    rooms: Vec<RoomId>,
    /// Nick changes and leavings stand in every common room; these were shown.
    told: HashSet<(String, Timestamp)>,
}

impl Behind {
    /// Whether there is nothing to read.
    pub(super) fn is_empty(&self) -> bool {
        self.rooms.is_empty()
    }
}

impl Session {
    /// Notes that deliveries were dropped.
    pub(super) fn fall_behind(&mut self) {
        tracing::debug!(session.id = %self.id, "the session lags and reads from the store");
        let member_of = self.service.journal.directory().rooms_of(self.user());
        let mut rooms: Vec<RoomId> = self.cursors.keys().copied().collect();
        let unknown =
            member_of.iter().map(|(room, _)| room.id).filter(|room| !self.cursors.contains_key(room));
        rooms.extend(unknown);
        self.behind = Behind { rooms, told: HashSet::new() };
    }

    /// Shows one page of what was missed.
    pub(super) async fn catch_up(&mut self) {
        let Some(room) = self.behind.rooms.last().copied() else { return };
        let known = self.cursors.get(&room).copied();
        let Some(cursor) = known.or_else(|| self.start_of_direct(room)) else {
            self.behind.rooms.pop();
            return self.enter_missed_room(room).await;
        };
        let range = Range::After(Point::Seq(cursor));
        let page = self.service.store.range(room, Seq(0), range, Content::Events, limits::GAP_PAGE_LEN).await;
        let Ok(page) = page else {
            return self.close("You fell behind and history is unavailable; connect again");
        };
        let class = Class::of(self.caps);
        for entry in &page {
            if self.advance(entry) && self.is_news(entry) {
                let line = render::entry(entry, class);
                self.show_entry(entry, None, &line).await;
            }
            let left = known.is_some() && !self.cursors.contains_key(&room);
            if left {
                break;
            }
        }
        if page.len() < limits::GAP_PAGE_LEN || !self.cursors.contains_key(&room) {
            self.behind.rooms.pop();
            self.forget_unseen(Some(room));
        }
    }

    /// A conversation that began while the session lagged is shown from its beginning.
    fn start_of_direct(&self, room: RoomId) -> Option<Seq> {
        let room = self.service.journal.directory().read().rooms.get(&room).cloned()?;
        room.name().is_none().then_some(Seq(0))
    }

    /// A room that another device joined while the session lagged.
    async fn enter_missed_room(&mut self, room: RoomId) {
        let directory = self.service.journal.directory();
        let found = directory.rooms_of(self.user()).into_iter().find(|(one, _)| one.id == room);
        if let Some((room, head)) = found {
            self.cursors.insert(room.id, head.seq);
            self.show_room(&room).await;
        }
    }

    fn is_news(&mut self, entry: &Entry) -> bool {
        let everywhere = matches!(entry.event, Event::NickChanged { .. } | Event::Quit { .. });
        !everywhere || self.behind.told.insert((entry.author.to_string(), entry.at))
    }
}
