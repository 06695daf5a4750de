//! What the writer counts: a few additions for each batch, none for each listener.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::room::Denied;

/// A commit that takes longer is slow: people notice.
const SLOW: Duration = Duration::from_secs(1);

/// What the writer has done.
#[derive(Debug)]
pub struct Metrics {
    commits: Counter,
    entries: Counter,
    failures: Counter,
    slow: Counter,
    delivered: Counter,
    denied: Family<[(&'static str, &'static str); 1], Counter>,
    commit_seconds: Histogram,
    batch_entries: Histogram,
    /// Whether the last commit failed.
    failing: AtomicBool,
}

/// The sums of what the writer did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Commits.
    pub commits: u64,
    /// Entries in them.
    pub entries: u64,
    /// Commits that the store did not take.
    pub failures: u64,
    /// Commits that took longer than a second.
    pub slow: u64,
    /// Whether the last one was not taken.
    pub failing: bool,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            commits: Counter::default(),
            entries: Counter::default(),
            failures: Counter::default(),
            slow: Counter::default(),
            delivered: Counter::default(),
            denied: Family::default(),
            // A quarter of a millisecond to four seconds.
            commit_seconds: Histogram::new(exponential_buckets(0.000_25, 2.0, 15)),
            batch_entries: Histogram::new(exponential_buckets(1.0, 2.0, 11)),
            failing: AtomicBool::new(false),
        }
    }
}

impl Metrics {
    /// So far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            commits: self.commits.get(),
            entries: self.entries.get(),
            failures: self.failures.get(),
            slow: self.slow.get(),
            failing: self.failing.load(Ordering::Relaxed),
        }
    }

    /// Has all of it shown by this registry.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Batches that were committed to the journal";
        registry.register("chat_batches_committed", help, self.commits.clone());
        let help = "Entries in them";
        registry.register("chat_entries_committed", help, self.entries.clone());
        let help = "Batches that the store did not take; nothing of them was shown";
        registry.register("chat_batches_failed", help, self.failures.clone());
        let help = "Commits that took longer than a second";
        registry.register("chat_batches_slow", help, self.slow.clone());
        let help = "Time from handing a batch to the store until it was on disk";
        registry.register_with_unit("chat_batch_commit", help, Unit::Seconds, self.commit_seconds.clone());
        let help = "Entries of a committed batch";
        registry.register("chat_batch_entries", help, self.batch_entries.clone());
        let help = "Entries and signals handed to sessions, counted once for each session";
        registry.register("chat_items_delivered", help, self.delivered.clone());
        let help = "Intents that were not granted, by the rule against them";
        registry.register("chat_intents_denied", help, self.denied.clone());
    }

    /// A batch is on disk. Returns whether the one before it failed.
    pub(super) fn committed(&self, entries: usize, took: Duration) -> bool {
        self.commits.inc();
        self.entries.inc_by(entries as u64);
        self.commit_seconds.observe(took.as_secs_f64());
        if took > SLOW {
            self.slow.inc();
        }
        // At most some thousands.
        self.batch_entries.observe(f64::from(u32::try_from(entries).unwrap_or(u32::MAX)));
        self.failing.load(Ordering::Relaxed) && self.failing.swap(false, Ordering::Relaxed)
    }

    /// A batch is not. Returns whether the one before it failed too.
    pub(super) fn append_failed(&self) -> bool {
        self.failures.inc();
        self.failing.swap(true, Ordering::Relaxed)
    }

    pub(super) fn refused(&self, denied: &Denied) {
        self.denied.get_or_create(&[("kind", denied.kind())]).inc();
    }

    pub(super) fn delivered(&self, items: u64) {
        self.delivered.inc_by(items);
    }
}
