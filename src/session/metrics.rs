//! What sessions that lag come to, in numbers. Costs those who keep up nothing.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

/// Lags so far.
#[derive(Debug, Default)]
pub struct Metrics {
    pub(super) lagged: Counter,
    pub(super) caught_up: Counter,
}

impl Metrics {
    /// Has all of it shown by this registry.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Times that a session did not keep up and had deliveries dropped";
        registry.register("chat_sessions_lagged", help, self.lagged.clone());
        let help = "Entries that sessions which lagged read back from the store";
        registry.register("chat_entries_caught_up", help, self.caught_up.clone());
    }
}
