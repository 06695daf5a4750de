//! The server's program: arguments in, exit code out.

use std::io::Write as _;
use std::process::ExitCode;

use chat_secure::config::{Config, Error};
use chat_secure::{observe, server};

/// glibc's allocator keeps what argon2 frees.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let env = |name: &str| std::env::var_os(name);
    let (config, report) = match Config::load_or_check(std::env::args_os(), env) {
        Ok(read) => read,
        Err(Error::Usage(error)) => error.exit(),
        Err(error) => {
            eprintln!("chat-secure-server: {error}");
            return ExitCode::from(2);
        }
    };
    match observe::start(config.log_format).map_err(Into::into).and_then(|()| run(report, config)) {
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

fn run(report: Option<String>, config: Config) -> anyhow::Result<()> {
    if let Some(report) = report {
        server::check(&config)?;
        return Ok(std::io::stdout().write_all(report.as_bytes())?);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(server::run(config, load));
    runtime.shutdown_background();
    result
}
