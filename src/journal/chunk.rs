//! Chunks: what the tail hands out, shared by all who hear it, rendered once for each capability class.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::ids::SessionId;
use crate::room::Entry;

use super::signal::Signal;

/// Capability classes that a chunk can be encoded for.
pub const CLASSES: usize = 16;

/// What happened, in order, to an audience that is the same for all of it: one thing, or a run of
/// one room's plain messages.
#[derive(Debug)]
pub struct Chunk {
    items: Vec<Item>,
    bytes: usize,
    /// Made by the first session of a class that needs it.
    encodings: [OnceLock<Box<Encoding>>; CLASSES],
}

/// A chunk's lines in one capability class.
#[derive(Debug)]
pub struct Encoding {
    /// All of them, each with its line end.
    pub lines: Bytes,
    /// Where each item's lines end.
    pub ends: Vec<usize>,
}

/// One thing that happened.
#[derive(Debug)]
pub struct Item {
    /// What.
    pub news: News,
    /// Which session's command caused it.
    pub origin: Option<Origin>,
    is_plain: bool,
}

/// An entry of the journal, or something that passes without being kept there.
#[derive(Debug)]
pub enum News {
    /// Stored.
    Entry(Arc<Entry>),
    /// Not stored, or stored elsewhere.
    Signal(Signal),
    /// A signal about somebody whom the session watches and who is in none of its rooms.
    Watched(Signal),
}

/// The command that caused something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Whose.
    pub session: SessionId,
    /// Its number in the session.
    pub command: u64,
}

impl Chunk {
    /// One thing that happened.
    #[must_use]
    pub fn of(news: News, origin: Option<Origin>) -> Self {
        Self::run(vec![Item::new(news, origin)])
    }

    pub(super) fn run(items: Vec<Item>) -> Self {
        let bytes = items.iter().map(Item::bytes).sum();
        Self { items, bytes, encodings: Default::default() }
    }

    /// What happened; at least one.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// What it takes in memory, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The lines of the class with this number below [`CLASSES`].
    pub fn encoding(&self, class: usize, make: impl FnOnce(&[Item]) -> Encoding) -> &Encoding {
        self.encodings[class].get_or_init(|| Box::new(make(&self.items)))
    }
}

impl Encoding {
    /// The lines of the item at this place.
    #[must_use]
    pub fn of_item(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.lines[start..self.ends[index]]
    }
}

impl Item {
    pub(super) fn new(news: News, origin: Option<Origin>) -> Self {
        // Once for all who hear it: it takes a look at the whole text.
        let is_plain = matches!(&news, News::Entry(entry) if entry.is_plain());
        Self { news, origin, is_plain }
    }

    fn bytes(&self) -> usize {
        let text = match &self.news {
            News::Entry(entry) => entry.event.text_len(),
            News::Signal(_) | News::Watched(_) => 0,
        };
        size_of::<Self>() + size_of::<Entry>() + text
    }

    /// The message, if it is one that all members of its room are shown alike.
    #[must_use]
    pub fn plain(&self) -> Option<&Entry> {
        match &self.news {
            News::Entry(entry) if self.is_plain => Some(entry),
            News::Entry(_) | News::Signal(_) | News::Watched(_) => None,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::names::Nick;
    use crate::room::Author;

    pub(in crate::journal) fn chunk_of(items: usize) -> Arc<Chunk> {
        let author = Arc::new(Author {
            nick: Nick::parse("n").unwrap(),
            user: "u".into(),
            host: "h".into(),
            account: None,
            bot: false,
        });
        let signal = Signal::Away { author, text: None };
        let items = (0..items).map(|_| Item::new(News::Signal(signal.clone()), None));
        Arc::new(Chunk::run(items.collect()))
    }
}
