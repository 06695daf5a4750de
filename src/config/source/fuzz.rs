//! What holds of a configuration file, whatever stands in it.

use crate::config::{Config, as_toml};

use super::{Error, File, Flags, Sources};

/// Where the file would be: in the working directory, where the paths of defaults begin, too.
const PATH: &str = "config.toml";
/// What is never shown, so that it is not in a report either.
const SECRETS: &[&str] = &["server_password_hash"];

/// What is accepted, told as `--check-config` tells it, is the same configuration; what is refused is told in one line
/// that names the file, or the settings.
pub(crate) fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (config, report) = match read(text) {
        Ok(read) => read,
        Err(error) => return refused(&error),
    };
    let limits = config.limits();
    assert!(limits.sessions_max > 0 && limits.history_page_len_max > 0 && limits.handshake_timeout_s > 0);
    assert!(config.hash_threads() > 0 && config.argon2_cost().memory_kib >= 8);
    match read(&report) {
        Ok((again, _)) => {
            let differing: Vec<_> = config.differing(&again);
            assert!(differing.iter().all(|name| SECRETS.contains(name)), "{differing:?}: {report}");
        }
        Err(error) => panic!("{error}: {report}"),
    }
}

fn read(text: &str) -> Result<(Config, String), Error> {
    let sources =
        Sources { flags: Flags::default(), env: &|_| None, file: Some(File::parse(PATH.into(), text)?) };
    let config = Config::from_sources(&sources)?;
    config.check()?;
    let report = as_toml::in_force(&sources)?;
    Ok((config, report))
}

fn refused(error: &Error) {
    let told = error.to_string();
    assert!(!told.contains(char::is_control), "{told:?}");
    let named = match error {
        Error::Together(_) => told.starts_with("settings: "),
        Error::Value { place, problem } => place.starts_with(PATH) && !problem.is_empty(),
        Error::Syntax { line, .. } => *line > 0 && told.starts_with(PATH),
        Error::UnknownKey { .. } => told.starts_with(PATH),
        Error::Unreadable { .. } | Error::Writable { .. } | Error::Usage(_) => false,
    };
    assert!(named, "{told}");
}
