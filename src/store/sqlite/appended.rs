//! The end of the journal, in memory, on its way into the search index.
//!
//! Only spares it the reading: what is not here any more is in the database. Never waited for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::limits;
use crate::room::Entry;

/// What was committed last.
#[derive(Debug, Default)]
pub(super) struct Appended {
    told: Notify,
    /// `None` while nobody follows.
    run: Mutex<Option<Run>>,
}

/// Entries whose ids have no gap.
#[derive(Debug, Default)]
struct Run {
    /// The id of the first.
    first: i64,
    entries: VecDeque<Arc<Entry>>,
}

impl Appended {
    /// Keeps what is appended from now on.
    pub(super) fn follow(&self) {
        self.run().get_or_insert_default();
    }

    /// Takes what was committed up to this id, and tells who waits.
    pub(super) fn push(&self, last: i64, entries: Vec<Arc<Entry>>) {
        if let Some(run) = self.run().as_mut() {
            run.push(last, entries);
        }
        self.wake();
    }

    /// Has [`Appended::wait`] return.
    pub(super) fn wake(&self) {
        self.told.notify_one();
    }

    /// Returns when there is something to look at.
    pub(super) async fn wait(&self) {
        self.told.notified().await;
    }

    /// Gives away what follows this id, at most so many entries; nothing if the next one is not here.
    pub(super) fn take_after(&self, id: i64, len_max: usize) -> Vec<(i64, Arc<Entry>)> {
        self.run().as_mut().map(|run| run.take_after(id, len_max)).unwrap_or_default()
    }

    fn run(&self) -> MutexGuard<'_, Option<Run>> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Run {
    fn push(&mut self, last: i64, entries: Vec<Arc<Entry>>) {
        if entries.is_empty() {
            return;
        }
        let first = last + 1 - len(entries.len());
        if first != self.first + len(self.entries.len()) {
            self.entries.clear();
            self.first = first;
        }
        self.entries.extend(entries);
        self.forget(self.entries.len().saturating_sub(limits::APPENDED_LEN_MAX));
    }

    fn take_after(&mut self, id: i64, len_max: usize) -> Vec<(i64, Arc<Entry>)> {
        let known = usize::try_from(id + 1 - self.first).unwrap_or(0);
        self.forget(known.min(self.entries.len()));
        if self.first != id + 1 {
            return Vec::new();
        }
        let taken = self.entries.len().min(len_max);
        let entries = (self.first..).zip(self.entries.drain(..taken)).collect();
        self.first += len(taken);
        entries
    }

    fn forget(&mut self, count: usize) {
        self.entries.drain(..count);
        self.first += len(count);
    }
}

fn len(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::ids::{RoomId, Seq};
    use crate::names::Nick;
    use crate::room::{Author, Event, Said};

    fn entries(seqs: impl IntoIterator<Item = u64>) -> Vec<Arc<Entry>> {
        let (user, host) = (String::new(), String::new());
        let nick = Nick::parse("a").unwrap();
        let author = Arc::new(Author { nick, user, host, account: None, bot: false });
        let entry = |seq| Entry {
            room: RoomId(1),
            seq: Seq(seq),
            at: Timestamp(1),
            author: Arc::clone(&author),
            target: "#a".into(),
            event: Event::Said(Said::plain("x")),
        };
        seqs.into_iter().map(|seq| Arc::new(entry(seq))).collect()
    }

    /// Ids and places of what is given away.
    fn taken(appended: &Appended, id: i64, len_max: usize) -> Vec<(i64, u64)> {
        appended.take_after(id, len_max).into_iter().map(|(id, entry)| (id, entry.seq.0)).collect()
    }

    fn followed() -> Appended {
        let appended = Appended::default();
        appended.follow();
        appended
    }

    #[test]
    fn each_entry_is_given_away_once_under_its_id() {
        let appended = followed();
        appended.push(12, entries([1, 2, 3]));
        appended.push(0, Vec::new());
        appended.push(13, entries([4]));
        assert_eq!(taken(&appended, 9, 2), [(10, 1), (11, 2)]);
        assert_eq!(taken(&appended, 11, 9), [(12, 3), (13, 4)]);
        assert_eq!(taken(&appended, 13, 9), []);
        appended.push(14, entries([5]));
        assert_eq!(taken(&appended, 13, 9), [(14, 5)]);
    }

    #[test]
    fn nothing_is_given_away_behind_a_gap() {
        let appended = followed();
        appended.push(12, entries([1, 2]));
        assert_eq!(taken(&appended, 9, 9), [], "10 is not here");
        appended.push(20, entries([3]));
        assert_eq!(taken(&appended, 10, 9), [], "11 and 12 were forgotten");
        assert_eq!(taken(&appended, 19, 9), [(20, 3)]);
        assert_eq!(taken(&appended, 30, 9), [], "what the database has, this has not");
    }

    #[test]
    fn what_is_known_is_passed_over() {
        let appended = followed();
        appended.push(13, entries([1, 2, 3, 4]));
        assert_eq!(taken(&appended, 11, 9), [(12, 3), (13, 4)]);
    }

    #[test]
    fn only_so_many_are_kept_and_none_for_nobody() {
        let appended = Appended::default();
        appended.push(1, entries([1]));
        assert_eq!(taken(&appended, 0, 9), []);
        appended.follow();
        let more = u64::try_from(limits::APPENDED_LEN_MAX).unwrap() + 5;
        appended.push(int(more), entries(1..=more));
        assert_eq!(taken(&appended, 0, 9), [], "the first is gone");
        assert_eq!(taken(&appended, 5, 1), [(6, 6)]);
    }

    fn int(number: u64) -> i64 {
        i64::try_from(number).unwrap()
    }
}
