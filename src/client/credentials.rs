//! Names and passwords that need not be asked for: given, or found in the environment.
//!
//! A password is never a command-line argument, and is never shown.

use std::io::{self, BufRead as _};

use zeroize::Zeroizing;

use crate::names::{AccountName, Nick};

use super::session;

/// The environment's variable that holds a password.
pub const PASSWORD_VARIABLE: &str = "CHAT_SECURE_PASSWORD";

/// The password given is none.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// It has no letters.
    #[error("the password given is empty")]
    Empty,
    /// Standard input failed.
    #[error("cannot read the password: {0}")]
    Unreadable(io::Error),
}

/// The password of the first line of standard input, or else of the environment; `None`: nobody gave one.
///
/// # Errors
/// [`PasswordError`]
pub fn given_password(from_stdin: bool) -> Result<Option<Zeroizing<String>>, PasswordError> {
    let given = if from_stdin {
        let mut line = Zeroizing::new(String::new());
        io::stdin().lock().read_line(&mut line).map_err(PasswordError::Unreadable)?;
        Some(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
    } else {
        std::env::var(PASSWORD_VARIABLE).ok().map(Zeroizing::new)
    };
    if given.as_ref().is_some_and(|password| password.is_empty()) {
        return Err(PasswordError::Empty);
    }
    Ok(given)
}

/// Who is logged in on this machine, as far as that is a name here.
#[must_use]
pub fn system_user() -> Option<Nick> {
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).ok()?;
    let name: String =
        user.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(32).collect();
    AccountName::parse(&name).ok().map(|name| Nick::from(&name))
}

/// A name for a guest that nobody else is likely to have.
#[must_use]
pub fn guest_name() -> Option<Nick> {
    let nonce = session::nonce();
    Nick::parse(&format!("guest-{}", &nonce[..6])).ok()
}
