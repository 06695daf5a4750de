//! `cargo bench --bench load -- WORK …`: an end-to-end load generator over TLS for any IRCv3 server.
//!
//! It measures from outside and must not use anything of the server's inside.

mod program;

use std::process::ExitCode;

/// As the server has it, so that the floor's memory can be compared.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    program::run(std::env::args_os())
}
