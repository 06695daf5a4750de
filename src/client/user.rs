//! Whom one signs in as: an account, and on a bouncer which of its networks is meant.

use std::fmt;
use std::str::FromStr;

use crate::names::{NameError, Nick};

/// Bytes behind the account.
const NETWORK_BYTES_MAX: usize = 100;

/// An account such as `alice`, or `alice/libera` and `alice/libera@laptop` on a bouncer.
///
/// Source: soju(1), "User names"; ZNC's are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserName {
    nick: Nick,
    full: String,
}

impl UserName {
    /// The nick that goes with it.
    #[must_use]
    pub fn nick(&self) -> &Nick {
        &self.nick
    }

    /// All of it, as SASL is told.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.full
    }
}

impl From<Nick> for UserName {
    fn from(nick: Nick) -> Self {
        Self { full: nick.to_string(), nick }
    }
}

impl FromStr for UserName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let (account, network) = text.split_at(text.find(['/', '@']).unwrap_or(text.len()));
        let nick = Nick::parse(account)?;
        if network.len() > NETWORK_BYTES_MAX {
            return Err(NameError::TooLong(account.len() + NETWORK_BYTES_MAX));
        }
        match network.chars().find(|c| !c.is_ascii_graphic()) {
            Some(c) => Err(NameError::Character(c)),
            None => Ok(Self { nick, full: text.to_owned() }),
        }
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_stands_behind_the_account() {
        for (text, nick) in [("alice", "alice"), ("alice/libera@laptop", "alice"), ("Bob@phone", "bob")] {
            let user: UserName = text.parse().unwrap();
            assert_eq!((user.nick(), user.as_str()), (&Nick::parse(nick).unwrap(), text));
        }
        for wrong in ["", "/libera", "1st/libera", "alice/li bera", "alice/ü"] {
            assert!(wrong.parse::<UserName>().is_err(), "{wrong}");
        }
        assert!(format!("alice/{}", "x".repeat(100)).parse::<UserName>().is_err());
    }
}
