//! A room got another name: how the client learns of it, and what was kept under the old one.
//!
//! Source: IRCv3 draft/channel-rename.

use std::collections::HashMap;
use std::sync::Arc;

use crate::ids::RoomId;
use crate::names::RoomName;
use crate::protocol::{Cap, Line};
use crate::room::Entry;

use super::reply::Cause;
use super::{Session, Stage};

/// What is to be shown.
pub(super) struct Renamed<'a> {
    pub(super) room: RoomId,
    pub(super) from: &'a RoomName,
    pub(super) to: &'a RoomName,
    pub(super) reason: &'a str,
}

impl Session {
    /// Shows a renaming: `line` to who knows what it means, to others that they left one room and
    /// joined another. A change of case alone means nothing to these.
    pub(super) async fn show_renamed(&mut self, renamed: Renamed<'_>, cause: Cause, line: &[u8]) {
        let Renamed { room, from, to, reason } = renamed;
        self.move_guest_marker(from, to);
        if self.has(Cap::ChannelRename) {
            return self.push(line, cause);
        }
        if from == to {
            return;
        }
        let aside = if cause == Cause::Other { self.set_response_aside() } else { None };
        let part = Line::new("PART").param(from);
        self.send_as_self(if reason.is_empty() { part } else { part.param(reason) });
        self.show_own_join(to);
        self.show_room_after_join(room, to).await;
        self.resume_response(aside);
    }

    /// Entries of history as they are shown today: clients look for them under the names that the
    /// rooms have by now.
    #[must_use]
    pub fn under_present_names(&self, mut page: Vec<Entry>) -> Vec<Entry> {
        let world = self.service.journal.directory().read();
        let mut names: HashMap<RoomId, Option<Arc<str>>> = HashMap::new();
        for entry in &mut page {
            let name = names.entry(entry.room).or_insert_with(|| {
                let name = world.rooms.get(&entry.room)?.name()?;
                Some(name.as_str().into())
            });
            if let Some(name) = name {
                entry.target = Arc::clone(name);
            }
        }
        page
    }

    /// An account's read markers are moved in the store.
    fn move_guest_marker(&mut self, from: &RoomName, to: &RoomName) {
        if let Stage::Registered(guest) = &mut self.stage
            && let Some(at) = guest.markers.remove(&from.folded())
        {
            guest.markers.insert(to.folded(), at);
        }
    }
}
