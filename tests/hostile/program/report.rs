//! What an attack was like: a row of the table.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// The head of the table.
pub(crate) const HEAD: &str = "\
| attack | what came of it | memory, MiB: before, peak, after | CPU, s a second | p50 / p99 / max ms before | during | after | signing in afterwards, ms |
|---|---|---|---|---|---|---|---|";

/// Different answers that a row shows.
const SHOWN: usize = 4;

/// What an attack was like.
pub(crate) struct Report {
    pub(crate) name: &'static str,
    /// What attackers were told, or did, and how often.
    pub(crate) told: BTreeMap<String, u64>,
    /// Before, at most, and after.
    pub(crate) rss_kib: [u64; 3],
    /// Seconds of the server's CPU time while it lasted.
    pub(crate) cpu: f64,
    pub(crate) seconds: f64,
    /// Of the pair: before, during, after.
    pub(crate) latencies: [Latency; 3],
    /// How long somebody else took to sign in when it was over.
    pub(crate) sign_in: Duration,
}

/// How long messages took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latency {
    pub(crate) count: usize,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) max: Duration,
}

impl Latency {
    pub(super) fn of(latencies: impl Iterator<Item = Duration>) -> Self {
        let mut all: Vec<_> = latencies.collect();
        all.sort_unstable();
        let at = |percent: usize| all.get((all.len() * percent / 100).min(all.len().saturating_sub(1)));
        let [p50, p99, max] = [at(50), at(99), all.last()].map(|found| found.copied().unwrap_or_default());
        Self { count: all.len(), p50, p99, max }
    }
}

impl Report {
    /// As a row of the table.
    pub(crate) fn row(&self) -> String {
        let mut told: Vec<_> = self.told.iter().collect();
        told.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
        let mut words = String::new();
        for (what, times) in told.into_iter().take(SHOWN) {
            let begin = if words.is_empty() { "" } else { "; " };
            write!(words, "{begin}{times} × {}", what.replace('|', "\\|")).unwrap();
        }
        let [before, peak, after] = self.rss_kib.map(|kib| kib / 1024);
        let [first, second, third] = self.latencies.map(|latency| {
            let ms = |time: Duration| time.as_secs_f64() * 1000.0;
            format!("{:.1} / {:.1} / {:.1}", ms(latency.p50), ms(latency.p99), ms(latency.max))
        });
        format!(
            "| {} | {words} | {before}, {peak}, {after} | {:.2} | {first} | {second} | {third} | {} |",
            self.name,
            self.cpu / self.seconds,
            self.sign_in.as_millis()
        )
    }
}
