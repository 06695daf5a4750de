//! chat-secure: a TLS-secured, authenticated chat service with durable history that speaks IRCv3.

pub mod clock;
pub mod disposition;
pub mod hush;
pub mod ids;
pub mod limits;
pub mod names;
pub mod permissions;
pub mod range;
pub mod suggest;

pub mod protocol;

pub mod room;

pub mod auth;
pub mod store;

pub mod journal;
pub mod uploads;

pub mod commands;
pub mod session;

pub mod admin;
pub mod backup;
pub mod identity;
pub mod server;
pub mod web;

pub mod chatctl;
pub mod config;
pub mod observe;

pub mod client;
pub mod line;
pub mod tui;

#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
