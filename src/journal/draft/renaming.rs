//! A room gets another name: the one thing about a room that the others must agree to.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::limits;
use crate::names::RoomName;
use crate::room::{Denied, Room};
use crate::store::Renaming;

use super::Draft;

impl Draft<'_> {
    /// Gives the room's old name free and takes the new one, if nobody has it.
    pub(super) fn rename_room(
        &mut self,
        room: &Arc<Room>,
        from: &RoomName,
        to: &RoomName,
    ) -> Result<(), Denied> {
        let holder = self.changes.names.get(&self.base.names, to);
        if holder.is_some_and(|holder| *holder != room.id) {
            return Err(Denied::RoomNameInUse(to.clone()));
        }
        let interval_ms = limits::RENAMING_INTERVAL_S * 1000;
        let until = room.settings.renamed_at.map(|at| Timestamp(at.0 + interval_ms));
        if until.is_some_and(|until| self.now < until) {
            return Err(Denied::RenamedRecently(to.clone()));
        }
        self.changes.names.remove(from.clone());
        self.changes.names.insert(to.clone(), room.id);
        self.batch.renamed.push(Renaming { room: room.id, from: from.clone(), to: to.clone() });
        Ok(())
    }
}
