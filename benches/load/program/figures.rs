//! What one round at one server gave: named figures in the order in which they are shown.

use hdrhistogram::Histogram;

use super::ear::Latencies;
use std::sync::PoisonError;

/// Named figures.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(Vec<(&'static str, f64)>);

impl Figures {
    pub(crate) fn add(&mut self, name: &'static str, value: f64) {
        self.0.push((name, value));
    }

    pub(crate) fn add_if(&mut self, name: &'static str, value: Option<f64>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    /// Median, 99th percentile and the longest, in ms.
    pub(crate) fn add_latency(&mut self, latency: &Histogram<u64>) {
        self.add("latency p50 ms", latency.value_at_quantile(0.5) as f64 / 1e3);
        self.add("latency p99 ms", latency.value_at_quantile(0.99) as f64 / 1e3);
        self.add("latency max ms", latency.max() as f64 / 1e3);
    }

    pub(crate) fn all(&self) -> &[(&'static str, f64)] {
        &self.0
    }

    pub(crate) fn value(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

/// The same histogram for everybody: up to a minute, two digits.
pub(crate) fn new_histogram() -> anyhow::Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, 60_000_000, 2)?)
}

/// All of them in one.
pub(crate) fn merged(shards: &[Latencies]) -> anyhow::Result<Histogram<u64>> {
    let mut all = new_histogram()?;
    for shard in shards {
        all.add(&*shard.lock().unwrap_or_else(PoisonError::into_inner))?;
    }
    Ok(all)
}
