//! The other doors: the web client's files, and what is asked over HTTP.
//!
//! Adds no rule of its own to what a session may do, and holds nothing of a chat.

mod caller;
mod files;
mod problem;
mod site;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware::map_response;

use crate::session::Service;

pub use caller::Caller;
pub use problem::Problem;
pub use site::words;

/// Whence a request comes; an extension of each.
#[derive(Clone, Copy, Debug)]
pub struct Visitor {
    /// No address: a unix socket.
    pub address: Option<IpAddr>,
}

/// What answers each request that asks for no upgrade.
pub fn routes(service: Arc<Service>) -> Router {
    Router::new().fallback(site::answer).layer(map_response(site::dress)).with_state(service)
}
