//! What this session may read of a room. The one place that says it: for history on request, for
//! what is replayed, and for search.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::ids::Seq;
use crate::journal::{User, party};
use crate::limits;
use crate::protocol::Cap;
use crate::range::Content;
use crate::room::{Kind, Role, Room};
use crate::store::search::Scope;
use crate::store::{Head, Reader};

use super::Session;

impl Session {
    /// With whose eyes this session reads the room; `None` if it may not read it at all.
    #[must_use]
    pub fn reader(&self, room: &Room, content: Content) -> Option<Reader> {
        let own = self.service.journal.directory().user(self.user())?;
        self.reader_as(&own, room, content)
    }

    /// Where this session may look for messages: the rooms it is in and its conversations, in which
    /// something was said; of more than [`limits::SEARCH_ROOMS_MAX`] those with the latest.
    #[must_use]
    pub fn scopes(&self) -> Vec<Scope> {
        let directory = self.service.journal.directory();
        let Some(own) = directory.user(self.user()) else { return Vec::new() };
        let mut rooms = directory.rooms_of(own.id);
        rooms.retain(|(_, head)| head.message_at.is_some());
        rooms.sort_by_key(|(_, head)| std::cmp::Reverse(head.message_at));
        rooms.truncate(limits::SEARCH_ROOMS_MAX);
        let scope = |(room, _): &(Arc<Room>, Head)| {
            let reader = self.reader_as(&own, room, Content::Messages)?;
            Some(Scope { room: room.id, reader })
        };
        rooms.iter().filter_map(scope).collect()
    }

    /// [`Session::reader`] for who looked up the session's user already.
    #[must_use]
    pub fn reader_as(&self, own: &User, room: &Room, content: Content) -> Option<Reader> {
        let reader = reader_of(own, room, content)?;
        Some(Reader { tags: self.has(Cap::MessageTags), ..reader })
    }
}

/// With whose eyes this user reads the room; `None` if they may not read it at all.
#[must_use]
pub fn reader_of(own: &User, room: &Room, content: Content) -> Option<Reader> {
    let (role, since, account) = match &room.kind {
        Kind::Named(_) => (room.role(own.id)?, Timestamp::default(), own.author.account.clone()),
        Kind::Direct(parties) => {
            let is_theirs = parties.contains(&party(own));
            // What an earlier guest of this nick said is not for this one.
            let since = if own.id.account().is_some() { Timestamp::default() } else { own.since };
            // Nothing in it is meant for one role alone.
            (is_theirs.then_some(Role::Member)?, since, None)
        }
    };
    let (floor, account_since) = (Seq(0), own.created_at);
    Some(Reader { floor, since, role, account, account_since, content, tags: true })
}
