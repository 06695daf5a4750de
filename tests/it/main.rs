//! The service as its users meet it: the real binaries, real TLS, a real database file.
//!
//! One binary, so that it is linked once. Each file is one surface; `support` starts servers and
//! speaks IRC. A wait has a bound and tells the whole dialogue when it is not met; nothing sleeps.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test fails")]

mod support;

mod accounts;
mod admission;
mod alpn;
mod any_bytes;
mod any_sequence;
mod api;
mod bans;
mod capabilities;
mod certificates;
mod chatctl;
mod client;
mod client_certificates;
mod continuity;
mod crash;
mod dead_link;
mod devices;
mod edits;
mod files;
mod forgetting;
mod founder;
mod guests;
mod health;
mod history;
mod hooks;
mod inherited;
mod injection;
mod lag;
mod limits;
mod listeners;
mod load;
mod login;
mod long_history;
mod masks;
mod messages;
mod metadata;
mod metadata_limits;
mod modes;
mod monitor;
mod monitor_lag;
mod monitoring;
mod multiline;
mod negotiation;
mod operators;
mod order;
mod pace;
mod passwords;
mod presence;
mod privacy;
mod protocol_page;
mod proxied;
mod queries;
mod reactions;
mod redaction;
mod registration;
mod renaming;
mod restart;
mod retention;
mod revoked;
mod roles;
mod rooms;
mod search;
mod second_factor;
mod secrets;
mod services;
mod sign_in;
mod sign_in_values;
mod startup;
mod staying;
mod store;
mod strangers;
mod supervisor;
mod tidings;
mod tls;
mod tokens;
mod user_modes;
mod web;
mod web_client;
mod web_rules;
mod web_session;
