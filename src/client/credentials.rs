//! Names and passwords that need not be asked for: given, or found in the environment.
//!
//! A password is never a command-line argument, and is never shown.

use std::io::{self, BufRead as _};
use std::process::{Command, ExitStatus, Stdio};

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
    /// The program that should print it can't be run.
    #[error("password_command {program}: {cause}")]
    NotRun {
        /// Which program.
        program: String,
        /// Why.
        cause: io::Error,
    },
    /// The program printed nothing, or failed.
    #[error("password_command {program} printed no password ({status})")]
    NotPrinted {
        /// Which program.
        program: String,
        /// How it ended.
        status: ExitStatus,
    },
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

/// The first line that a program prints; it may ask on the terminal. `None`: there is no such program.
///
/// # Errors
/// [`PasswordError`]
pub fn printed_password(command: &[String]) -> Result<Option<Zeroizing<String>>, PasswordError> {
    let Some((program, arguments)) = command.split_first() else {
        return Ok(None);
    };
    let program = program.clone();
    let run =
        Command::new(&program).args(arguments).stdin(Stdio::inherit()).stderr(Stdio::inherit()).output();
    let output = match run {
        Ok(output) => output,
        Err(cause) => return Err(PasswordError::NotRun { program, cause }),
    };
    let printed = Zeroizing::new(output.stdout);
    let line = str::from_utf8(&printed).ok().and_then(|text| text.lines().next());
    match line.filter(|line| !line.is_empty() && output.status.success()) {
        Some(password) => Ok(Some(Zeroizing::new(password.to_owned()))),
        None => Err(PasswordError::NotPrinted { program, status: output.status }),
    }
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
