//! The companion client as a full-screen program on a terminal.
//!
//! Messages change the state ([`app`]), the state is drawn ([`view`]), effects go out ([`mod@run`]).
//! Decides nothing about the protocol: that is `client`'s.

pub mod app;
pub mod complete;
pub mod composer;
pub mod conversation;
pub mod dialog;
pub mod document;
pub mod emoji;
pub mod form;
pub mod format;
pub mod input;
pub mod layout;
pub mod memory;
pub mod notify;
pub mod people;
pub mod rows;
pub mod run;
pub mod scroll;
pub mod scrollback;
pub mod settings;
pub mod start;
pub mod theme;
pub mod view;
pub mod wrap;

#[cfg(test)]
mod tests;

pub use run::run;

use crate::client::arguments::PORT;

/// Messages fetched on entering a room.
const HISTORY_LEN: usize = 100;
