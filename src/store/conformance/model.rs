//! What a range means, in the plainest words: the answer that a store's is compared with.
//! Reads all of the room every time.

use std::sync::Arc;

use crate::ids::Seq;
use crate::range::{Content, Point, Range};
use crate::room::Entry;
use crate::store::Reader;

/// The range of a room's entries, which come in ascending order, for one who is shown all of them.
pub(crate) fn range(
    all: &[Arc<Entry>],
    floor: Seq,
    range: Range,
    content: Content,
    len_max: usize,
) -> Vec<Entry> {
    read(all, &Reader { floor, ..Reader::of_all(content) }, range, len_max)
}

/// The range of a room's entries, which come in ascending order, for this reader.
pub(crate) fn read(all: &[Arc<Entry>], reader: &Reader, range: Range, len_max: usize) -> Vec<Entry> {
    let seen: Vec<Entry> =
        all.iter().map(AsRef::as_ref).filter(|entry| reader.is_shown(entry)).cloned().collect();
    let keep = |inside: &dyn Fn(&Entry) -> bool| -> Vec<Entry> {
        seen.iter().filter(|entry| inside(entry)).cloned().collect()
    };
    match range {
        Range::Latest(None) => last(seen, len_max),
        Range::Latest(Some(point)) => last(keep(&|entry| is_after(entry, point)), len_max),
        Range::Before(point) => last(keep(&|entry| is_before(entry, point)), len_max),
        Range::After(point) => first(keep(&|entry| is_after(entry, point)), len_max),
        Range::Around(point) => {
            let older = last(keep(&|entry| is_before(entry, point)), len_max / 2);
            let rest = first(keep(&|entry| !is_before(entry, point)), len_max - len_max / 2);
            [older, rest].concat()
        }
        Range::Between(one, other) => {
            let forward = keep(&|entry| is_after(entry, one) && is_before(entry, other));
            let backward = keep(&|entry| is_after(entry, other) && is_before(entry, one));
            if forward.is_empty() { last(backward, len_max) } else { first(forward, len_max) }
        }
    }
}

fn is_before(entry: &Entry, point: Point) -> bool {
    match point {
        Point::Seq(seq) | Point::Entry(seq, _) => entry.seq < seq,
        Point::Time(at) => entry.at < at,
    }
}

fn is_after(entry: &Entry, point: Point) -> bool {
    match point {
        Point::Seq(seq) | Point::Entry(seq, _) => entry.seq > seq,
        Point::Time(at) => entry.at > at,
    }
}

fn first(mut entries: Vec<Entry>, len_max: usize) -> Vec<Entry> {
    entries.truncate(len_max);
    entries
}

fn last(mut entries: Vec<Entry>, len_max: usize) -> Vec<Entry> {
    entries.drain(..entries.len().saturating_sub(len_max));
    entries
}
