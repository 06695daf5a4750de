//! The other doors: the web client's files, and what is asked over HTTP.
//!
//! Adds no rule of its own to what a session may do, and holds nothing of a chat.

mod caller;
mod cookie;
mod disposition;
mod downloads;
mod files;
mod gate;
mod pace;
mod part;
mod problem;
mod session;
mod site;
mod uploads;
mod visit;
mod visitor;

use std::sync::Arc;

use axum::Router;
use axum::middleware::map_response;

use crate::session::Service;

pub use caller::Caller;
pub use problem::Problem;
pub use site::words;
pub use visit::Visit;
pub use visitor::{Page, Visitor};

/// What answers each request that asks for no upgrade.
pub fn routes(service: Arc<Service>) -> Router {
    Router::new()
        .merge(session::routes())
        .merge(uploads::routes())
        .merge(downloads::routes())
        .fallback(site::answer)
        .layer(map_response(site::dress))
        .with_state(service)
}
