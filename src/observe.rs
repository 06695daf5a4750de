//! The log: set up once, at start.
//!
//! Standard output belongs to what a person needs; the log goes to standard error. No password,
//! token or message text ever goes into it.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::config::LogFormat;

/// Libraries whose details show what they carry, passwords and messages among it: never in more than `info`.
const CARRIERS: [&str; 7] =
    ["h2", "hyper", "hyper_util", "rustls", "tokio_rustls", "tokio_tungstenite", "tungstenite"];

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `RUST_LOG` is no filter.
    #[error("RUST_LOG: {0}; it must be a level (info) or levels by module (info,chat_secure::session=debug)")]
    Filter(String),
    /// There is a log already.
    #[error("the log is set up already")]
    Twice,
}

/// Starts the log of this process; `RUST_LOG` chooses what goes into it (default `info`).
///
/// # Errors
/// [`Error`].
pub fn start(format: LogFormat) -> Result<(), Error> {
    let filter = filter(std::env::var("RUST_LOG").ok().as_deref())?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => builder
            .compact()
            .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
            .with_target(false)
            .try_init(),
        LogFormat::Json => {
            builder.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
        }
    };
    started.map_err(|_| Error::Twice)
}

fn filter(wanted: Option<&str>) -> Result<EnvFilter, Error> {
    let wanted = wanted.filter(|text| !text.trim().is_empty()).unwrap_or("info");
    let bad = |error: &dyn std::fmt::Display| Error::Filter(error.to_string());
    let mut filter = EnvFilter::try_new(wanted).map_err(|error| bad(&error))?;
    if filter.max_level_hint().is_some_and(|most| most > LevelFilter::INFO) {
        for name in CARRIERS {
            filter = filter.add_directive(format!("{name}=info").parse().map_err(|error| bad(&error))?);
        }
    }
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_defaults_to_info_and_a_wrong_one_is_an_error() {
        assert_eq!(filter(None).unwrap().to_string(), "info");
        assert_eq!(filter(Some("")).unwrap().to_string(), "info");
        assert_eq!(filter(Some("warn")).unwrap().to_string(), "warn");
        let debug = filter(Some("debug")).unwrap().to_string();
        assert!(debug.contains("debug") && debug.contains("tungstenite=info"), "{debug}");
        let error = filter(Some("chat_secure=loud")).unwrap_err();
        assert!(error.to_string().starts_with("RUST_LOG: "), "{error}");
    }
}
