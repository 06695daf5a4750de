//! The admin tool: arguments in, exit code out.

use std::process::ExitCode;

use chat_secure::chatctl;
use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = chatctl::Arguments::parse();
    match chatctl::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(text) = failure.text() {
                eprintln!("chatctl: {text}");
            }
            ExitCode::from(failure.code())
        }
    }
}
