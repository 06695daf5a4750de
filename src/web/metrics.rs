//! What was answered over HTTP, in numbers: by the route, which names no room and no secret.

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// Answers so far. Copies count together.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    answered: Family<Answer, Counter>,
}

/// Bounded: routes are ours, and so are statuses.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    route: String,
    status: u16,
}

impl Metrics {
    /// Has all of it shown by this registry.
    pub fn register(&self, registry: &mut Registry) {
        let help = "Answers over HTTP by route and status; the upgrade to WebSocket is none";
        registry.register("chat_http_answered", help, self.answered.clone());
    }
}

/// Counts the answer.
pub(super) async fn count(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    // What has no route is a file of the web client, or nothing.
    let route = route.unwrap_or_else(|| "file".to_owned());
    let status = response.status().as_u16();
    metrics.answered.get_or_create(&Answer { route, status }).inc();
    response
}
