//! `cargo bench --bench load -- WORK …`: an end-to-end load generator over TLS for any IRCv3 server.
//!
//! It measures from outside and must not use anything of the server's inside.

mod program;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use program::arguments::Arguments;

/// As the server has it, so that the floor's memory can be compared.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Does what the arguments say; without any it prints its help.
fn main() -> ExitCode {
    let Some(work) = Arguments::parse().work else {
        drop(Arguments::command().print_long_help());
        return ExitCode::SUCCESS;
    };
    match program::perform(work) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error:#}");
            ExitCode::FAILURE
        }
    }
}
