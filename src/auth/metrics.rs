//! What signing in comes to, in numbers; never who.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// Logins so far.
#[derive(Debug, Default)]
pub struct Metrics {
    accepted: Family<[(&'static str, &'static str); 1], Counter>,
    refused: Family<[(&'static str, &'static str); 1], Counter>,
}

impl Metrics {
    /// Has all of it shown by this registry.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Logins that were good, by what was shown: password, token or certificate";
        registry.register("chat_logins_accepted", help, self.accepted.clone());
        let help = "Logins that were refused, by the cause";
        registry.register("chat_logins_refused", help, self.refused.clone());
    }

    pub(super) fn accepted(&self, by: &'static str) {
        self.accepted.get_or_create(&[("by", by)]).inc();
    }

    pub(super) fn refused(&self, cause: &'static str) {
        self.refused.get_or_create(&[("cause", cause)]).inc();
    }
}
