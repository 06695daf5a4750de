//! What sessions that lag come to, in numbers. Costs those who keep up nothing.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use tokio::time::Instant;

/// Lags so far.
#[derive(Debug)]
pub struct Metrics {
    pub(super) lagged: Counter,
    lagging: Gauge,
    lag_seconds: Histogram,
    pub(super) caught_up: Counter,
}

/// A session that lags, until this is dropped.
#[derive(Debug)]
pub(super) struct Lag {
    lagging: Gauge,
    seconds: Histogram,
    begun_at: Instant,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            lagged: Counter::default(),
            lagging: Gauge::default(),
            // A millisecond to a minute.
            lag_seconds: Histogram::new(exponential_buckets(0.001, 4.0, 9)),
            caught_up: Counter::default(),
        }
    }
}

impl Metrics {
    /// Lags so far, and entries that were read back.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.lagged.get(), self.caught_up.get())
    }

    /// Has all of it shown by this registry.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Times that a session did not keep up and had deliveries dropped";
        registry.register("chat_sessions_lagged", help, self.lagged.clone());
        let help = "Sessions that read from the store what they missed";
        registry.register("chat_sessions_lagging", help, self.lagging.clone());
        let help = "Time from a dropped delivery until the session had read all it missed, or ended";
        registry.register_with_unit("chat_session_lag", help, Unit::Seconds, self.lag_seconds.clone());
        let help = "Entries that sessions which lagged read back from the store";
        registry.register("chat_entries_caught_up", help, self.caught_up.clone());
    }

    /// A session begins to lag.
    pub(super) fn lag(&self) -> Lag {
        self.lagging.inc();
        let (lagging, seconds) = (self.lagging.clone(), self.lag_seconds.clone());
        Lag { lagging, seconds, begun_at: Instant::now() }
    }
}

impl Drop for Lag {
    fn drop(&mut self) {
        self.lagging.dec();
        self.seconds.observe(self.begun_at.elapsed().as_secs_f64());
    }
}
