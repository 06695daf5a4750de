//! The companion client: arguments in, exit code out.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use chat_secure::{line, tui};

fn main() -> ExitCode {
    let (arguments, settings) = match tui::start::prepare(tui::start::arguments()) {
        Ok(prepared) => prepared,
        Err(error) => {
            eprintln!("chat-secure-client: {error}");
            return ExitCode::from(line::USAGE);
        }
    };
    let on_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    if on_terminal && !is_dumb && !arguments.plain && !settings.plain {
        tui::run(&arguments, settings)
    } else {
        line::run(&arguments)
    }
}
