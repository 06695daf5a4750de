//! Names and passwords: from arguments, from the environment, or asked for.
//!
//! A password is never a command-line argument, and is never shown.

use std::io::Write as _;

use zeroize::Zeroizing;

use crate::client::credentials::{
    PASSWORD_VARIABLE, PasswordError, given_password, guest_name, printed_password, system_user,
};
use crate::client::{Fatal, Identity, UserName};
use crate::names::Nick;

use super::{Arguments, Error};

/// How often a password may be typed.
pub(super) const PASSWORD_TRIES: u32 = 3;

/// How the user gets in.
pub(super) struct Credentials {
    pub(super) identity: Identity,
    /// Whether somebody is there who may type them again.
    pub(super) were_typed: bool,
}

impl Credentials {
    /// Collects what is given and asks for the rest, if there is somebody to ask.
    pub(super) fn gather(arguments: &Arguments, interactive: bool) -> Result<Self, Error> {
        if arguments.guest {
            let name = arguments.nick().or_else(guest_name);
            let name = name.ok_or_else(|| Error::Failure("no name for a guest was found".into()))?;
            return Ok(Self { identity: Identity::Guest { name }, were_typed: false });
        }
        let given = given_password(arguments.password_stdin).and_then(|given| match given {
            Some(password) => Ok(Some(password)),
            None => printed_password(&arguments.password_command),
        });
        let given = given.map_err(|error| match error {
            PasswordError::Empty => Error::Usage(error.to_string()),
            PasswordError::Unreadable(_)
            | PasswordError::NotRun { .. }
            | PasswordError::NotPrinted { .. } => Error::Failure(error.to_string()),
        })?;
        let name = match (&arguments.user, interactive) {
            (Some(name), _) => name.clone(),
            (None, true) => ask_name(arguments.invite.is_some())?.into(),
            (None, false) => {
                return Err(Error::Usage(
                    "no terminal to ask on: say who you are with --user NAME (or --guest)".into(),
                ));
            }
        };
        let were_typed = given.is_none();
        let password = match given {
            Some(password) => password,
            None if !interactive => {
                return Err(Error::Usage(format!(
                    "no terminal to ask for the password on: set {PASSWORD_VARIABLE} or use --password-stdin"
                )));
            }
            None if arguments.invite.is_some() => ask_new_password(name.nick())?,
            None => ask_password(&name)?,
        };
        let identity = match arguments.invite.clone() {
            Some(invitation) => Identity::SignUp { name: name.nick().clone(), password, invitation },
            None => Identity::sign_in(name, password),
        };
        Ok(Self { identity, were_typed })
    }

    /// Asks again for what was wrong; `false` if that would not help.
    pub(super) fn ask_again(&mut self, fatal: &Fatal) -> Result<bool, Error> {
        match (fatal, &mut self.identity) {
            (Fatal::SignIn(_), Identity::SignIn { name, password, .. }) => {
                eprintln!("{fatal}");
                *password = ask_password(name)?;
                Ok(true)
            }
            (Fatal::CodeRequired(_), Identity::SignIn { name, code, .. }) => {
                eprintln!("{fatal}");
                *code = Some(ask_secret(&format!("Code for {name}: "))?);
                Ok(true)
            }
            (Fatal::SignUp { code, .. }, Identity::SignUp { name, password, .. }) => {
                eprintln!("{fatal}");
                match code.as_str() {
                    "ACCOUNT_EXISTS" | "NICK_IN_USE" | "BAD_ACCOUNT_NAME" => *name = ask_name(true)?,
                    "WEAK_PASSWORD" | "UNACCEPTABLE_PASSWORD" => *password = ask_new_password(name)?,
                    _ => return Ok(false),
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

fn ask_name(new: bool) -> Result<Nick, Error> {
    let default = system_user();
    let hint = default.as_ref().map(|name| format!(" [{name}]")).unwrap_or_default();
    let question = if new { "Name of your new account" } else { "User name" };
    loop {
        print!("{question}{hint}: ");
        let mut answer = String::new();
        let read = std::io::stdout().flush().and_then(|()| std::io::stdin().read_line(&mut answer));
        if !matches!(read, Ok(1..)) {
            return Err(Error::Failure("no user name was given".into()));
        }
        match (answer.trim(), &default) {
            ("", Some(name)) => return Ok(name.clone()),
            (answer, _) => match Nick::parse(answer) {
                Ok(name) => return Ok(name),
                Err(error) => println!("{error}"),
            },
        }
    }
}

fn ask_password(name: &UserName) -> Result<Zeroizing<String>, Error> {
    loop {
        let password = ask_secret(&format!("Password of {name}: "))?;
        if !password.is_empty() {
            return Ok(password);
        }
    }
}

fn ask_new_password(name: &Nick) -> Result<Zeroizing<String>, Error> {
    loop {
        let password = ask_secret(&format!("New password for {name}: "))?;
        if password.is_empty() {
            continue;
        }
        if *ask_secret("Once more: ")? == *password {
            return Ok(password);
        }
        println!("The two are not the same.");
    }
}

fn ask_secret(question: &str) -> Result<Zeroizing<String>, Error> {
    let secret = rpassword::prompt_password(question);
    secret.map(Zeroizing::new).map_err(|error| Error::Failure(format!("no password was given: {error}")))
}
