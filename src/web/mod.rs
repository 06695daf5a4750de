//! The other doors: the web client's files, and what is asked over HTTP.
//!
//! Adds no rule of its own to what a session may do, and holds nothing of a chat.

mod api;
mod byte_range;
mod caller;
mod cookie;
mod deadline;
mod downloads;
mod etag;
mod files;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod hooks;
mod metrics;
mod problem;
mod session;
mod site;
mod throughput;
mod upload_limit;
mod uploads;
mod visitor;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn_with_state, map_response};

use crate::session::Service;

pub use api::person;
pub use caller::Caller;
pub use deadline::Deadline;
pub use metrics::Metrics;
pub use problem::Problem;
pub use site::words;
pub use visitor::{Initiator, Visitor};

/// What answers each request that asks for no upgrade.
pub fn routes(service: Arc<Service>, metrics: Metrics) -> Router {
    let paces = Arc::default();
    Router::new()
        .merge(session::routes())
        .merge(api::routes(&paces))
        .merge(hooks::routes(&paces))
        .merge(uploads::routes())
        .merge(downloads::routes())
        .fallback(site::answer)
        .layer(from_fn_with_state(metrics, metrics::count))
        .layer(map_response(site::dress))
        .with_state(service)
}
