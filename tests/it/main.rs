//! The service as its users meet it: the real binaries, real TLS, a real database file.
//!
//! One binary, so that it is linked once. Each file is one surface; `support` starts servers and
//! speaks IRC. A wait has a bound and tells the whole dialogue when it is not met; nothing sleeps.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

mod support;

mod accounts;
mod capabilities;
mod certificates;
mod chatctl;
mod client;
mod client_certificates;
mod crash;
mod dead_link;
mod devices;
mod guests;
mod history;
mod injection;
mod lag;
mod limits;
mod listeners;
mod login;
mod long_history;
mod messages;
mod modes;
mod order;
mod presence;
mod privacy;
mod restart;
mod rooms;
mod search;
mod startup;
mod store;
