//! The log: set up once, at start.
//!
//! Standard output belongs to what a person needs; the log goes to standard error. No password,
//! token or message text ever goes into it, and no stranger can fill a disk with it.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Instant;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

use crate::config::LogFormat;
use crate::limits;

/// Libraries whose details show what they carry, passwords and messages among it: never in more than `info`.
const CARRIERS: [&str; 7] =
    ["h2", "hyper", "hyper_util", "rustls", "tokio_rustls", "tokio_tungstenite", "tungstenite"];

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `RUST_LOG` is no filter.
    #[error("RUST_LOG: {0}; it must be a level (info) or levels by module (info,chat_secure::session=debug)")]
    Filter(String),
    /// There is a log already.
    #[error("the log is set up already")]
    Twice,
}

/// What was logged so far, and what was left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// At the level `error`.
    pub errors: u64,
    /// At the level `warn`.
    pub warnings: u64,
    /// Lines of which there were too many of the same kind.
    pub left_out: u64,
}

/// Starts the log of this process; `RUST_LOG` chooses what goes into it (default `info`).
///
/// # Errors
/// [`Error`].
pub fn start(format: LogFormat) -> Result<(), Error> {
    let filter = filter(std::env::var("RUST_LOG").ok().as_deref())?;
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => builder
            .compact()
            .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
            .with_target(false)
            .finish()
            .with(Pace)
            .try_init(),
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .finish()
            .with(Pace)
            .try_init(),
    };
    started.map_err(|_| Error::Twice)
}

/// What was logged so far.
#[must_use]
pub fn lines() -> Lines {
    Lines {
        errors: ERRORS.load(Ordering::Relaxed),
        warnings: WARNINGS.load(Ordering::Relaxed),
        left_out: LEFT_OUT.load(Ordering::Relaxed),
    }
}

/// The places in the code of which lines were left out since this was last asked, and how many.
pub fn take_left_out() -> Vec<(&'static str, u64)> {
    let mut kinds = KINDS.lock().unwrap_or_else(PoisonError::into_inner);
    let left_out = kinds.iter_mut().map(|(kind, quota)| (*kind, std::mem::take(&mut quota.left_out)));
    left_out.filter(|(_, lines)| *lines > 0).collect()
}

fn filter(wanted: Option<&str>) -> Result<EnvFilter, Error> {
    let wanted = wanted.filter(|text| !text.trim().is_empty()).unwrap_or("info");
    let bad = |error: &dyn std::fmt::Display| Error::Filter(error.to_string());
    let mut filter = EnvFilter::try_new(wanted).map_err(|error| bad(&error))?;
    if filter.max_level_hint().is_some_and(|most| most > LevelFilter::INFO) {
        for name in CARRIERS {
            filter = filter.add_directive(format!("{name}=info").parse().map_err(|error| bad(&error))?);
        }
    }
    Ok(filter)
}

// The log is the process's, and so is what is known of it.
static ERRORS: AtomicU64 = AtomicU64::new(0);
static WARNINGS: AtomicU64 = AtomicU64::new(0);
static LEFT_OUT: AtomicU64 = AtomicU64::new(0);
/// One for each place that logs, of which the program has only so many.
static KINDS: Mutex<BTreeMap<&'static str, Quota>> = Mutex::new(BTreeMap::new());
static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Counts what is logged, and leaves out lines of a kind that come too fast: `LOG_BURST_LEN_MAX` at once,
/// and one a second. What is for who looks for a fault (`debug`, `trace`) is let through.
struct Pace;

/// How many lines of a kind may follow: a moment that runs ahead of the clock by a second for each.
#[derive(Debug, Default)]
struct Quota {
    booked_to_ms: u64,
    left_out: u64,
}

impl<S: Subscriber> Layer<S> for Pace {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let metadata = event.metadata();
        let level = *metadata.level();
        if level > Level::INFO {
            return true;
        }
        let now_ms = u64::try_from(BEGINNING.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut kinds = KINDS.lock().unwrap_or_else(PoisonError::into_inner);
        if !kinds.entry(metadata.name()).or_default().take(now_ms) {
            LEFT_OUT.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        if level == Level::ERROR {
            ERRORS.fetch_add(1, Ordering::Relaxed);
        } else if level == Level::WARN {
            WARNINGS.fetch_add(1, Ordering::Relaxed);
        }
        true
    }
}

impl Quota {
    /// Whether one more may follow now.
    fn take(&mut self, now_ms: u64) -> bool {
        const LINE_MS: u64 = 1000;
        let booked_to_ms = self.booked_to_ms.max(now_ms) + LINE_MS;
        let fits = booked_to_ms - now_ms <= limits::LOG_BURST_LEN_MAX * LINE_MS;
        if fits {
            self.booked_to_ms = booked_to_ms;
        } else {
            self.left_out += 1;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_defaults_to_info_and_a_wrong_one_is_an_error() {
        assert_eq!(filter(None).unwrap().to_string(), "info");
        assert_eq!(filter(Some("")).unwrap().to_string(), "info");
        assert_eq!(filter(Some("warn")).unwrap().to_string(), "warn");
        let debug = filter(Some("debug")).unwrap().to_string();
        assert!(debug.contains("debug") && debug.contains("tungstenite=info"), "{debug}");
        let error = filter(Some("chat_secure=loud")).unwrap_err();
        assert!(error.to_string().starts_with("RUST_LOG: "), "{error}");
    }

    #[test]
    fn a_kind_of_line_comes_at_once_so_often_and_then_once_a_second() {
        let mut quota = Quota::default();
        let mut taken = |now_ms: u64, wanted: u64| (0..wanted).filter(|_| quota.take(now_ms)).count() as u64;
        let burst = limits::LOG_BURST_LEN_MAX;
        assert_eq!(taken(5, burst + 100), burst);
        assert_eq!(taken(1004, 10), 0);
        assert_eq!(taken(1005, 10), 1);
        assert_eq!(taken(4005, 10), 3);
        assert_eq!(taken(4005 + 10 * burst * 1000, 2 * burst), burst);
        assert_eq!(quota.left_out, 100 + 10 + 9 + 7 + burst);
    }

    #[test]
    fn what_comes_too_fast_is_left_out_and_counted_and_what_is_for_a_fault_is_not() {
        let subscriber = fmt().with_max_level(Level::DEBUG).with_writer(std::io::sink).finish().with(Pace);
        let before = lines();
        tracing::subscriber::with_default(subscriber, || {
            for number in 0..limits::LOG_BURST_LEN_MAX + 50 {
                tracing::warn!(number, "the same again");
                tracing::debug!(number, "the same again");
            }
        });
        let after = lines();
        assert!(after.warnings - before.warnings >= limits::LOG_BURST_LEN_MAX, "{after:?}");
        assert!((40..=50).contains(&(after.left_out - before.left_out)), "{after:?}");
        let left_out = take_left_out();
        assert!(left_out.len() == 1 && left_out[0].0.contains("observe.rs"), "{left_out:?}");
        assert_eq!(take_left_out(), []);
    }
}
