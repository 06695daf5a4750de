//! The disk: what was committed. It outlives every crash; nothing else does.
//!
//! The plainest store there could be, so that a fault of it is not one of these tests. It keeps what
//! was erased as well, for the judge, and never shows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chat_secure::clock::Timestamp;
use chat_secure::ids::{AccountId, RoomId, Seq};
use chat_secure::range::{Content, Point, Range};
use chat_secure::room::{Earlier, Entry, Event, Kind, Member, Room};
use chat_secure::store::metadata::{Metadata, Subject};
use chat_secure::store::{Batch, Error, Head, Loaded, Reader};

use crate::model;

/// An entry on the disk.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) entry: Arc<Entry>,
    /// How many batches were committed with it, this one included.
    pub(crate) commit: u64,
    /// Whether the writer was told that it was not written.
    pub(crate) disowned: bool,
    is_erased: bool,
}

/// All that was written.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    pub(crate) entries: BTreeMap<RoomId, Vec<Stored>>,
    pub(crate) commits: u64,
    /// Whether anything was written in this life of which the writer was told that it was not.
    pub(crate) has_disowned: bool,
    rooms: BTreeMap<RoomId, (Room, bool)>,
    members: BTreeMap<(RoomId, AccountId), Member>,
    modes: BTreeMap<AccountId, String>,
    metadata: Vec<(Subject, Metadata)>,
    last_at: Timestamp,
}

impl Disk {
    /// Writes all of it or nothing.
    pub(crate) fn commit(&mut self, batch: Batch, disowned: bool) -> Result<(), Error> {
        self.check(&batch)?;
        self.commits += 1;
        self.has_disowned |= disowned;
        for room in &batch.dissolved {
            if let Some((_, dissolved)) = self.rooms.get_mut(room) {
                *dissolved = true;
            }
            self.members.retain(|(one, _), _| one != room);
        }
        for room in batch.rooms {
            let dissolved = batch.dissolved.contains(&room.id);
            let bare = Room { members: Default::default(), redacted: Vec::new(), ..(*room).clone() };
            self.rooms.insert(room.id, (bare, dissolved));
        }
        let commit = self.commits;
        for entry in batch.entries {
            self.last_at = entry.at;
            let redacted = match &entry.event {
                Event::Redacted(redacted) => Some(redacted.message.seq),
                _ => None,
            };
            let room = self.entries.entry(entry.room).or_default();
            room.push(Stored { entry, commit, disowned, is_erased: false });
            if let Some(message) = redacted {
                erase(room, message);
            }
        }
        for (room, account, member) in batch.members {
            let is_there = self.rooms.get(&room).is_some_and(|(_, dissolved)| !dissolved);
            match member {
                Some(member) if is_there => drop(self.members.insert((room, account), member)),
                Some(_) => {}
                None => drop(self.members.remove(&(room, account))),
            }
        }
        self.modes.extend(batch.modes);
        for (subject, (key, value)) in batch.metadata {
            self.put_metadata(subject, key, value);
        }
        Ok(())
    }

    /// Places and names that are taken, as the database's unique indexes see them.
    fn check(&self, batch: &Batch) -> Result<(), Error> {
        let mut heads: BTreeMap<RoomId, u64> = BTreeMap::new();
        for entry in &batch.entries {
            let head = heads.entry(entry.room).or_insert_with(|| self.head(entry.room).seq.0);
            if entry.seq.0 <= *head {
                return Err(Error::Conflict);
            }
            // A gap would be found by the judge.
            *head = entry.seq.0;
        }
        for room in &batch.rooms {
            let is_other = |(id, (other, dissolved)): (&RoomId, &(Room, bool))| {
                *id != room.id && !dissolved && !batch.dissolved.contains(id) && other.kind == room.kind
            };
            if !batch.dissolved.contains(&room.id) && self.rooms.iter().any(is_other) {
                return Err(Error::Conflict);
            }
        }
        Ok(())
    }

    fn put_metadata(
        &mut self,
        subject: Subject,
        key: chat_secure::store::metadata::Key,
        value: Option<Arc<str>>,
    ) {
        if !self.metadata.iter().any(|(one, _)| *one == subject) {
            self.metadata.push((subject, Metadata::default()));
        }
        let Some((_, all)) = self.metadata.iter_mut().find(|(one, _)| *one == subject) else { return };
        match value {
            Some(value) => drop(all.insert(key, value)),
            None => drop(all.remove(&key)),
        }
    }

    fn head(&self, room: RoomId) -> Head {
        let entries = self.entries.get(&room).map_or(&[][..], Vec::as_slice);
        let message = |stored: &&Stored| stored.entry.event.is_message() && !stored.is_erased;
        let last = entries.last();
        Head {
            seq: last.map_or(Seq(0), |stored| stored.entry.seq),
            at: last.map_or_else(Timestamp::default, |stored| stored.entry.at),
            message_at: entries.iter().filter(message).map(|stored| stored.entry.at).max(),
        }
    }

    pub(crate) fn load(&self) -> Loaded {
        let mut loaded = Loaded { last_at: self.last_at, ..Loaded::default() };
        for (room, _) in self.rooms.values().filter(|(_, dissolved)| !dissolved) {
            let mut room = room.clone();
            let members = self.members.iter().filter(|((one, _), _)| *one == room.id);
            room.members = members
                .map(|((_, account), member)| {
                    let member = Member { founder: false, ..*member };
                    (chat_secure::ids::UserId::Account(*account), member)
                })
                .collect();
            room.show_founder();
            let head = self.head(room.id);
            loaded.last_at = loaded.last_at.max(head.at);
            loaded.rooms.push((room, head));
        }
        let known = self.rooms.keys().chain(self.entries.keys());
        loaded.last_room = known.copied().max().unwrap_or_default();
        loaded.modes = self.modes.clone().into_iter().collect();
        loaded.metadata = self.metadata.clone();
        loaded
    }

    pub(crate) fn read(
        &self,
        room: RoomId,
        reader: &Reader,
        range: Range,
        len_max: usize,
    ) -> Result<Vec<Entry>, Error> {
        let all = self.entries.get(&room).map_or(&[][..], Vec::as_slice);
        let points = match range {
            Range::Latest(point) => vec![point],
            Range::Before(point) | Range::After(point) | Range::Around(point) => vec![Some(point)],
            Range::Between(one, other) => vec![Some(one), Some(other)],
        };
        for point in points.into_iter().flatten() {
            if let Point::Entry(seq, at) = point
                && !all.iter().any(|stored| stored.entry.seq == seq && stored.entry.at == at)
            {
                return Err(Error::NotFound);
            }
        }
        let shown = all.iter().filter(|stored| !stored.is_erased);
        let shown: Vec<Arc<Entry>> = shown.map(|stored| Arc::clone(&stored.entry)).collect();
        Ok(model::read(&shown, reader, range, len_max))
    }

    pub(crate) fn edits(&self, room: RoomId, message: Seq, len_max: usize) -> Vec<Earlier> {
        let all = self.entries.get(&room).into_iter().flatten();
        let edits = all.filter(
            |stored| matches!(&stored.entry.event, Event::Edited(edited) if edited.original.seq == message),
        );
        edits.map(|stored| Earlier { seq: stored.entry.seq, at: stored.entry.at }).take(len_max).collect()
    }

    pub(crate) fn stored(&self, room: RoomId, seq: Seq) -> Option<&Stored> {
        let index = usize::try_from(seq.0.checked_sub(1)?).ok()?;
        self.entries.get(&room)?.get(index)
    }

    /// The room's parties, if it is a conversation of two.
    pub(crate) fn is_direct(&self, room: RoomId) -> bool {
        self.rooms.get(&room).is_some_and(|(room, _)| matches!(room.kind, Kind::Direct(_)))
    }

    /// The messages that everybody who may read the room finds in its history.
    pub(crate) fn history(&self, room: RoomId) -> Vec<Entry> {
        let reader = Reader::of_all(Content::Messages);
        self.read(room, &reader, Range::Latest(None), usize::MAX).unwrap()
    }

    /// Bytes of entries that somebody else than the disk still holds: all queues together.
    pub(crate) fn bytes_held(&self) -> usize {
        let all = self.entries.values().flatten();
        let held = all.filter(|stored| Arc::strong_count(&stored.entry) > 1);
        held.map(|stored| stored.entry.event.text_len() + size_of::<Entry>()).sum()
    }
}

impl Stored {
    /// Whether histories leave it out.
    pub(crate) fn is_erased(&self) -> bool {
        self.is_erased
    }
}

fn erase(room: &mut [Stored], message: Seq) {
    for stored in room {
        let is_it = match &stored.entry.event {
            Event::Said(_) => stored.entry.seq == message,
            Event::Edited(edited) => edited.original.seq == message || stored.entry.seq == message,
            _ => false,
        };
        stored.is_erased |= is_it;
    }
}
