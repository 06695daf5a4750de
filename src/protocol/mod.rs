//! The wire format: lines, tags, numerics, capabilities, SASL payloads. Server and client share it.
//!
//! No I/O, no clock, no state of a connection.

pub mod capability;
pub mod framing;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
pub mod isupport;
pub mod line;
pub mod message;
pub mod numeric;
#[cfg(test)]
mod properties;
pub mod sasl;
pub mod tags;

pub use capability::{Cap, Caps};
pub use framing::LineBuffer;
pub use line::Line;
pub use message::{Message, ParseError};
pub use numeric::Numeric;
