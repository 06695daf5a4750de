//! The companion client on a full screen.

pub mod suggest;
