//! What may happen in a room, and what happened: events, state, and the pure decision between them.
//!
//! Knows no IRC, no SQL, no clock and no connection.

pub mod decide;
pub mod denied;
pub mod entry;
pub mod event;
mod founder;
pub mod masks;
pub mod modes;
pub mod state;
#[cfg(test)]
mod tests;

pub use decide::{Actor, Intent, decide, is_silenced};
pub use denied::Denied;
pub use entry::{Author, Entry};
pub use event::{Earlier, Edited, Event, Redacted, Said, Speech};
pub use modes::{Flag, List, Mode, ModeChange, Role};
pub use state::{Kind, Member, Party, Room, Topic};
