//! The load generator: its counting, and that it measures our server and finds what a bad one does.
//!
//! Its modules are those of the benchmark itself.

mod mark;
mod peer;
mod process;
#[path = "../../../benches/load/program/mod.rs"]
mod program;
mod report;
mod run;
mod tally;
