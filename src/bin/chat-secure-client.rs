//! The companion client: arguments in, exit code out.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use chat_secure::client::arguments::Arguments;
use chat_secure::{line, tui};
use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let on_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if on_terminal && !is_dumb && !arguments.plain { tui::run(&arguments) } else { line::run(&arguments) }
}
