//! The server's program: arguments in, exit code out.

use std::process::ExitCode;

use chat_secure::config::{Config, Error};
use chat_secure::{observe, server};

/// glibc's allocator keeps what argon2 frees.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let config = match load() {
        Ok(config) => config,
        Err(Error::Usage(error)) => error.exit(),
        Err(error) => {
            eprintln!("chat-secure-server: {error}");
            return ExitCode::from(2);
        }
    };
    match run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chat-secure-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn load() -> Result<Config, Error> {
    Config::load(std::env::args_os(), |name| std::env::var_os(name))
}

fn run(config: Config) -> anyhow::Result<()> {
    observe::start(config.log_format)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(server::run(config, load));
    runtime.shutdown_background();
    result
}
