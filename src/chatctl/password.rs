//! Passwords: asked for twice without echo, or read from standard input. Never from an argument,
//! which everybody on the machine can read.

use std::io::{self, BufRead as _, IsTerminal as _};

use zeroize::Zeroizing;

use crate::admin::Secret;
use crate::limits;

use super::Failure;

/// A password, a line end, and one byte more that tells that it is too long.
const LINE_BYTES_MAX: u64 = limits::PASSWORD_BYTES_MAX as u64 + 3;

/// Asks on the terminal.
pub(super) fn ask(whose: &dyn std::fmt::Display) -> Result<Secret, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "there is no terminal to ask for the password on — give --password-stdin and the password on \
             standard input"
                .into(),
        ));
    }
    let question = |text: String| rpassword::prompt_password(text).map(Zeroizing::new);
    let first = question(format!("New password for {whose}: "))?;
    let second = question("The same again: ".into())?;
    if *first != *second {
        return Err(Failure::failed("the two passwords differ", "try again"));
    }
    Ok(Secret(first))
}

/// Takes the first line of standard input; its end is cut.
pub(super) fn from_stdin() -> Result<Secret, Failure> {
    from(io::stdin().lock())
}

fn from(input: impl io::BufRead) -> Result<Secret, Failure> {
    let mut line = Zeroizing::new(String::new());
    if let Err(error) = input.take(LINE_BYTES_MAX).read_line(&mut line) {
        let what = format!("the password can't be read from standard input ({error})");
        return Err(Failure::failed(what, "it must be one line of UTF-8 text"));
    }
    let password =
        line.strip_suffix('\n').map_or(line.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if password.is_empty() {
        return Err(Failure::failed(
            "standard input holds no password",
            "write it there: printf '%s\\n' \"$PASSWORD\" | chatctl …",
        ));
    }
    Ok(Secret(Zeroizing::new(password.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_cut_and_nothing_else() {
        for (input, password) in
            [("a b\n", "a b"), ("a b", "a b"), ("a\r\n", "a"), (" a \n", " a "), ("one\ntwo\n", "one")]
        {
            assert_eq!(from(input.as_bytes()).unwrap().0.as_str(), password);
        }
    }

    #[test]
    fn nothing_and_nonsense_are_refused_and_an_endless_line_is_cut() {
        for input in [b"".as_slice(), b"\n", b"\xff\n"] {
            assert!(from(input).is_err());
        }
        let endless = "x".repeat(limits::PASSWORD_BYTES_MAX * 4);
        let length = from(endless.as_bytes()).unwrap().0.len();
        assert!((limits::PASSWORD_BYTES_MAX + 1..limits::PASSWORD_BYTES_MAX + 4).contains(&length));
    }
}
