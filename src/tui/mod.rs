//! The companion client on a full screen.

pub mod complete;
pub mod document;
pub mod emoji;
pub mod format;
pub mod notify;
pub mod settings;
pub mod suggest;
pub mod theme;
