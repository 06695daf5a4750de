//! The chain as entries are appended: salts, and the link of each behind the last of its room.
//!
//! Only to be used by who holds the connection that writes: between reading a room's last link and
//! writing the next nobody else may write.

use std::collections::hash_map::Entry as Place;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::sqlite::SqliteConnection;

use crate::ids::{IdMap, RoomId, Seq};
use crate::limits;
use crate::room::{Entry, Event};
use crate::store::chain::{Content, Frame, Link, SALT_BYTES};

use super::record::Record;
use super::{damaged, int};

/// Where a room's chain ends.
type Head = (Seq, Link);

const BEFORE: &str = "SELECT link FROM entries WHERE room = ?1 AND seq = ?2 \
    UNION ALL SELECT link FROM forgotten WHERE room = ?1 AND seq = ?2";

/// The ends of chains, in memory: a room that was written to lately needs no reading. Who appends
/// takes them out and puts back what came of it once it is on disk; so after a failure they are read anew.
#[derive(Debug, Default)]
pub(super) struct Heads(Mutex<IdMap<RoomId, Head>>);

impl Heads {
    fn take(&self, room: RoomId) -> Option<Head> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&room)
    }

    /// To be called after the commit. The connection may have been given away by then, and another
    /// batch may be further already.
    pub(super) fn put(&self, run: Run) {
        let mut heads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if heads.len() + run.heads.len() > limits::CHAIN_HEADS_MAX {
            heads.clear();
        }
        for (room, head) in run.heads {
            let known = heads.entry(room).or_insert(head);
            if known.0 < head.0 {
                *known = head;
            }
        }
    }
}

/// The chains of a batch, as they go on with each of its entries.
#[derive(Debug)]
pub(super) struct Run {
    heads: IdMap<RoomId, Head>,
    /// Of all entries, asked of the system at once.
    salts: Vec<u8>,
    salted: usize,
}

impl Run {
    /// Begins with what stands before these entries.
    pub(super) async fn begin(
        connection: &mut SqliteConnection,
        heads: &Heads,
        entries: &[Arc<Entry>],
    ) -> Result<Self, sqlx::Error> {
        let mut run = Self { heads: IdMap::default(), salts: vec![0; entries.len() * SALT_BYTES], salted: 0 };
        getrandom::fill(&mut run.salts).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
        for entry in entries {
            let Place::Vacant(place) = run.heads.entry(entry.room) else { continue };
            let head = match heads.take(entry.room) {
                Some(head) if head.0.next() == entry.seq => head,
                // Read anew: somebody else wrote, or nobody did yet.
                Some(_) | None => read_before(connection, entry.room, entry.seq).await?,
            };
            place.insert(head);
        }
        Ok(run)
    }

    /// Salt and link of the next entry; asked for in the order of the batch.
    pub(super) fn next(&mut self, entry: &Entry, source: &str, record: &Record<'_>) -> (Vec<u8>, Vec<u8>) {
        let from = self.salted * SALT_BYTES;
        self.salted += 1;
        let salt = &self.salts[from..from + SALT_BYTES];
        let content = Content {
            salt,
            version: record.version,
            body: record.body.as_bytes(),
            tags: record.tags.as_deref().map(str::as_bytes),
            detail: record.detail.as_deref().map(str::as_bytes),
        };
        let account = entry.author.account.as_ref().map(|name| name.as_str().as_bytes());
        let frame = Frame {
            room: int(entry.room.0),
            seq: int(entry.seq.0),
            at: entry.at.0,
            kind: record.kind,
            of: edited(&entry.event).map(|seq| int(seq.0)),
            source: source.as_bytes(),
            account,
            bot: entry.author.bot,
            target: entry.target.as_bytes(),
        };
        let head = self.heads.entry(entry.room).or_insert((Seq(0), Link::START));
        *head = (entry.seq, frame.link(&head.1, &content.digest()));
        (salt.to_vec(), head.1.0.to_vec())
    }
}

/// The message that an edit edits.
#[allow(clippy::wildcard_enum_match_arm, reason = "only edits have one")]
fn edited(event: &Event) -> Option<Seq> {
    match event {
        Event::Edited(edited) => Some(edited.original.seq),
        _ => None,
    }
}

/// The head behind which this place comes. What is from before the chain has none: it begins anew.
async fn read_before(connection: &mut SqliteConnection, room: RoomId, seq: Seq) -> Result<Head, sqlx::Error> {
    let before = Seq(seq.0.saturating_sub(1));
    let query = sqlx::query_scalar(BEFORE).bind(int(room.0)).bind(int(before.0));
    let link: Option<Option<Vec<u8>>> = query.fetch_optional(connection).await?;
    let link = match link.flatten() {
        Some(bytes) => {
            Link::from_bytes(&bytes).ok_or_else(|| damaged(format!("room {room} has a damaged link")))?
        }
        None => Link::START,
    };
    Ok((before, link))
}
