//! Names that people choose: nicks, account names, room names.
//!
//! Parsed once, at the edge. A checked name keeps the spelling it was given and compares without
//! regard to ASCII case (CASEMAPPING `ascii`).

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::limits;

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("a name can't be empty")]
    Empty,
    /// Longer than the limit, in bytes.
    #[error("a name has at most {0} characters")]
    TooLong(usize),
    /// A character that this kind of name can't have.
    #[error("a name can't contain or begin with {0:?}")]
    Character(char),
    /// A word with a meaning of its own.
    #[error("this name is reserved")]
    Reserved,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks and keeps the spelling.
            ///
            /// # Errors
            /// [`NameError`] says which rule the text breaks.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                let check: fn(&str) -> Result<(), NameError> = $check;
                check(text)?;
                Ok(Self(text.into()))
            }

            /// As it was spelled first.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The form in which two spellings of the same name are equal.
            #[must_use]
            pub fn folded(&self) -> String {
                self.0.to_ascii_lowercase()
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.eq_ignore_ascii_case(&other.0)
            }
        }

        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                for byte in self.0.bytes() {
                    state.write_u8(byte.to_ascii_lowercase());
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::parse(&text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0.as_ref().into()
            }
        }
    };
}

name!(
    /// What a user is called in the rooms: at most 32 of `A-Z a-z 0-9 - _ [ ] \ ^ { } |` and
    /// backtick, not beginning with a digit or a dash. Source: RFC 2812, section 2.3.1.
    Nick,
    check_nick
);
name!(
    /// What an account is called; the rules of a nick, because everybody may use it as one.
    AccountName,
    check_nick
);
name!(
    /// What a room is called: `#` and up to 63 bytes of characters that can be seen, without space,
    /// comma, colon or bell. Source: RFC 2812, section 1.3.
    RoomName,
    check_room
);

name!(
    /// Where somebody can be written to: `local@domain`, ASCII, at most 254 bytes. Whether it
    /// exists is not known. Source: RFC 5321, section 4.5.3.1, without quoted forms.
    EmailAddress,
    check_email
);

impl From<&AccountName> for Nick {
    fn from(name: &AccountName) -> Self {
        Self(Arc::clone(&name.0))
    }
}

/// The form in which look-alikes are equal: `B0B`, `bob` and `bOb` have one skeleton.
///
/// Source: Unicode UTS 39, section 4 (confusable detection); beyond it every `i` counts as `l`,
/// because its capital looks like one.
#[must_use]
pub fn skeleton(name: &str) -> String {
    let shown: String = unicode_security::skeleton(&name.to_ascii_lowercase()).collect();
    shown.to_lowercase().replace('i', "l")
}

/// The names of the services; nobody else can be called so, or nearly so.
pub const SERVICES: [&str; 2] = ["NickServ", "ChanServ"];

/// Whether this is the name of a service, or looks like one.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    let shown = skeleton(name);
    SERVICES.iter().any(|service| skeleton(service) == shown)
}

fn check_nick(text: &str) -> Result<(), NameError> {
    check_length(text, limits::NICK_BYTES_MAX)?;
    let special = |c: char| "[]\\^_{}|`".contains(c);
    let first = text.chars().next().ok_or(NameError::Empty)?;
    if !(first.is_ascii_alphabetic() || special(first)) {
        return Err(NameError::Character(first));
    }
    match text.chars().find(|&c| !(c.is_ascii_alphanumeric() || c == '-' || special(c))) {
        Some(c) => Err(NameError::Character(c)),
        None => Ok(()),
    }
}

fn check_email(text: &str) -> Result<(), NameError> {
    check_length(text, limits::EMAIL_BYTES_MAX)?;
    let (local, domain) = text.rsplit_once('@').ok_or(NameError::Character('@'))?;
    check_length(local, limits::EMAIL_LOCAL_BYTES_MAX)?;
    check_length(domain, limits::EMAIL_BYTES_MAX)?;
    let is_local = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if let Some(c) = local.chars().find(|c| !is_local(*c)) {
        return Err(NameError::Character(c));
    }
    if let Some(c) = domain.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-')) {
        return Err(NameError::Character(c));
    }
    let is_bad = |label: &str| label.is_empty() || label.starts_with('-') || label.ends_with('-');
    if domain.split('.').any(is_bad) || local.split('.').any(str::is_empty) {
        return Err(NameError::Character('.'));
    }
    Ok(())
}

fn check_room(text: &str) -> Result<(), NameError> {
    check_length(text, limits::ROOM_NAME_BYTES_MAX)?;
    if !text.starts_with('#') {
        return Err(NameError::Character(text.chars().next().unwrap_or(' ')));
    }
    if text.len() == 1 {
        return Err(NameError::Empty);
    }
    let special = |c: char| matches!(c, ',' | ':' | '*' | '?' | '!' | '@');
    match text.chars().find(|&c| c.is_control() || c.is_whitespace() || is_unseen(c) || special(c)) {
        Some(c) => Err(NameError::Character(c)),
        None => Ok(()),
    }
}

/// Whether a character is not seen, or turns others around, so that two names look the same.
/// Variation selectors are none: emoji have them.
///
/// Source: Unicode, Default_Ignorable_Code_Point and Bidi_Control.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E0FFF}')
}

fn check_length(text: &str, bytes_max: usize) -> Result<(), NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text.len() > bytes_max {
        return Err(NameError::TooLong(bytes_max));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nicks_are_checked() {
        for good in ["alice", "Bob", "a", "x-y_z", "[w]", "guest40000", &"n".repeat(32)] {
            assert!(Nick::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "1st", "-a", "*", "a b", "#a", "é", "a!b", "a@b", "a.b", &"n".repeat(33)] {
            assert!(Nick::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn room_names_are_checked() {
        for good in
            ["#lobby", "#a-b_c", "#größe", "#日本", "#❤\u{fe0f}", "#1", &format!("#{}", "r".repeat(63))]
        {
            assert!(RoomName::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "#",
            "lobby",
            "#a b",
            "#a,b",
            "#a\u{7}",
            "#a:b",
            "#*",
            "#\u{202e}evil",
            "#lob\u{200b}by",
            "#a\u{a0}b",
            &format!("#{}", "r".repeat(64)),
        ] {
            assert!(RoomName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn email_addresses_are_checked() {
        for good in ["a@b", "me@example.org", "first.last+tag@sub.example.org", "o'neil@x-y.org"] {
            assert!(EmailAddress::parse(good).is_ok(), "{good}");
        }
        let long = format!("{}@example.org", "a".repeat(65));
        for bad in
            ["", "*", "me", "@b", "a@", "a@@b", "a b@c", "a@-b", "a@b..c", ".a@b", "a@b c", "ä@b", &long]
        {
            assert!(EmailAddress::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn spelling_is_kept_and_case_does_not_count() {
        let (a, b) = (Nick::parse("Alice").unwrap(), Nick::parse("aLICE").unwrap());
        assert_eq!(a, b);
        assert_eq!(a.as_str(), "Alice");
        let set = std::collections::HashSet::from([a]);
        assert!(set.contains(&b));
    }

    #[test]
    fn the_names_of_services_are_reserved_with_what_looks_like_them() {
        for name in ["NickServ", "nickserv", "NlCKSERV", "N1ckServ", "ChanServ", "CHANSERV"] {
            assert!(is_reserved(name), "{name}");
        }
        assert!(!is_reserved("nick") && !is_reserved("serv"));
    }

    #[test]
    fn look_alikes_share_a_skeleton() {
        for (a, b) in [("bob", "b0b"), ("alice", "a1ice"), ("alice", "aIice"), ("Bob", "bob")] {
            assert_eq!(skeleton(a), skeleton(b), "{a} {b}");
        }
        assert_ne!(skeleton("alice"), skeleton("bob"));
    }
}
