//! The packed lines.
