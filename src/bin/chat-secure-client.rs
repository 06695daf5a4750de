//! The companion client: arguments in, exit code out.

use std::process::ExitCode;

use chat_secure::line::{self, Arguments};
use clap::Parser as _;

fn main() -> ExitCode {
    line::run(&Arguments::parse())
}
