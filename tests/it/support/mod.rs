//! What the tests stand on: a server of one's own, and a client that shows every line.

pub(crate) mod acme;
mod cable;
pub(crate) mod challenge;
pub(crate) mod chance;
pub(crate) mod client;
mod message;
pub(crate) mod peer;
pub(crate) mod process;
mod screen;
pub(crate) mod server;
mod terminal;
pub(crate) mod trust;
pub(crate) mod web;

pub(crate) use cable::Cable;
pub(crate) use client::Client;
pub(crate) use message::Message;
pub(crate) use process::{Finished, Process};
pub(crate) use screen::{Door, Screen};
pub(crate) use server::{PASSWORD, Server, start_server};
pub(crate) use terminal::Terminal;

/// A wait that takes longer has failed; generous, because the machine may be busy.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);
