//! The companion client as a library: connecting, trusting, signing in, keeping up.
//!
//! Knows no terminal and prints nothing; line mode, the full-screen program, tests and benchmarks
//! drive it through [`session`]. It negotiates: what a server offers decides what is used, never
//! the server's name. There is no way to connect without checking who the server is.

pub mod action;
pub mod arguments;
pub mod connection;
pub mod credentials;
pub mod download;
pub mod event;
pub mod filehost;
pub mod fingerprint;
pub mod heartbeat;
pub mod input;
pub mod known_hosts;
pub mod profile;
pub mod reconnect;
pub mod session;
pub mod state;
pub mod text;
pub mod trust;
pub mod upload;
pub mod user;

pub use action::Action;
pub use connection::Server;
pub use event::{End, Event, Fatal};
pub use fingerprint::Fingerprint;
pub use profile::{Identity, Profile};
pub use user::UserName;
