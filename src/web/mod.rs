//! The web client: its files, and how they are given to a browser.
//!
//! Holds nothing of a chat: what is said goes over WebSocket alone.

mod body;
mod files;
mod site;

pub use body::Body;
pub use site::{Site, words};
