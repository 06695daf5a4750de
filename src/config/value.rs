//! From the text of a setting to its checked value.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::journal::{UserMode, UserModes};
use crate::limits::NICK_BYTES_MAX;
use crate::names::{Nick, RoomName};

/// The longest form of a port.
const PORT_BYTES_MAX: usize = 5;

/// What a value looks like in the configuration file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Switch,
    List,
}

/// What a value's meaning depends on.
pub(super) struct Context<'a> {
    /// The configuration file's folder, where the paths in it begin; `None` for the other sources.
    pub(super) folder: Option<&'a Path>,
    /// The numbers that are allowed.
    pub(super) range: (u64, u64),
}

/// A setting's type. An error says what was given and what is allowed.
pub(super) trait Value: Sized {
    const KIND: Kind;

    fn parse(texts: &[String], context: &Context<'_>) -> Result<Self, String>;

    /// What a checked value means, to be shown; `None` for a secret.
    fn effective(texts: &[String], context: &Context<'_>) -> Option<Vec<String>>;
}

/// A value that is given once.
pub(super) trait Scalar: Sized {
    const KIND: Kind;

    fn scalar(text: &str, context: &Context<'_>) -> Result<Self, String>;

    /// See [`Value::effective`]; what was written, where that does not depend on anything.
    fn effective(text: &str, _: &Context<'_>) -> Option<String> {
        Some(text.to_owned())
    }
}

impl<T: Scalar> Value for T {
    const KIND: Kind = <T as Scalar>::KIND;

    fn parse(texts: &[String], context: &Context<'_>) -> Result<Self, String> {
        T::scalar(texts.last().map_or("", String::as_str), context)
    }

    fn effective(texts: &[String], context: &Context<'_>) -> Option<Vec<String>> {
        T::effective(texts.last().map_or("", String::as_str), context).map(|text| vec![text])
    }
}

/// Empty means none.
impl<T: Scalar> Value for Option<T> {
    const KIND: Kind = T::KIND;

    fn parse(texts: &[String], context: &Context<'_>) -> Result<Self, String> {
        match texts.last().map_or("", String::as_str) {
            "" => Ok(None),
            text => T::scalar(text, context).map(Some),
        }
    }

    fn effective(texts: &[String], context: &Context<'_>) -> Option<Vec<String>> {
        match texts.last().map_or("", String::as_str) {
            "" => Some(Vec::new()),
            text => T::effective(text, context).map(|text| vec![text]),
        }
    }
}

impl<T: Scalar> Value for Vec<T> {
    const KIND: Kind = Kind::List;

    fn parse(texts: &[String], context: &Context<'_>) -> Result<Self, String> {
        texts.iter().filter(|text| !text.is_empty()).map(|text| T::scalar(text, context)).collect()
    }

    fn effective(texts: &[String], context: &Context<'_>) -> Option<Vec<String>> {
        texts.iter().filter(|text| !text.is_empty()).map(|text| T::effective(text, context)).collect()
    }
}

impl Scalar for bool {
    const KIND: Kind = Kind::Switch;

    fn scalar(text: &str, _: &Context<'_>) -> Result<Self, String> {
        text.parse().map_err(|_| format!("{text:?} is neither true nor false"))
    }
}

macro_rules! number {
    ($($type:ty)*) => {$(
        impl Scalar for $type {
            const KIND: Kind = Kind::Number;

            fn scalar(text: &str, context: &Context<'_>) -> Result<Self, String> {
                let (min, max) = context.range;
                text.parse::<u64>()
                    .ok()
                    .filter(|number| (min..=max).contains(number))
                    .and_then(|number| Self::try_from(number).ok())
                    .ok_or_else(|| format!("{text:?} is not a whole number from {min} to {max}"))
            }
        }
    )*};
}

number!(u32 u64 usize);

/// Relative ones begin where they are written: in the file's folder, or in the working directory.
impl Scalar for PathBuf {
    const KIND: Kind = Kind::Text;

    fn scalar(text: &str, context: &Context<'_>) -> Result<Self, String> {
        if text.is_empty() {
            return Err("a path can't be empty".into());
        }
        Ok(context.folder.map_or_else(|| PathBuf::from(text), |folder| folder.join(text)))
    }

    fn effective(text: &str, context: &Context<'_>) -> Option<String> {
        Some(Self::scalar(text, context).map_or_else(|_| text.to_owned(), |path| path.display().to_string()))
    }
}

impl Scalar for RoomName {
    const KIND: Kind = Kind::Text;

    fn scalar(text: &str, _: &Context<'_>) -> Result<Self, String> {
        Self::parse(text).map_err(|error| {
            format!("{text:?} is no room: it must be # and a name, such as #lobby ({error})")
        })
    }
}

/// The modes that people begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DefaultUserModes(pub UserModes);

impl Scalar for DefaultUserModes {
    const KIND: Kind = Kind::Text;

    fn scalar(text: &str, _: &Context<'_>) -> Result<Self, String> {
        let modes = UserModes::parse(text);
        let allowed = |modes: &UserModes| !modes.has(UserMode::Operator) && !modes.has(UserMode::Bot);
        modes
            .filter(allowed)
            .map(Self)
            .ok_or_else(|| format!("{text:?} must be letters of i, R, T and w, such as +iR"))
    }
}

/// Where accounts and history are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// In this file.
    Sqlite(PathBuf),
}

impl Scalar for Database {
    const KIND: Kind = Kind::Text;

    fn scalar(text: &str, context: &Context<'_>) -> Result<Self, String> {
        let (scheme, rest) = text.split_once(':').unwrap_or((text, ""));
        match scheme {
            "sqlite" => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                if path.is_empty() || path == ":memory:" {
                    return Err(format!("{text:?} names no file: it must be sqlite:PATH"));
                }
                Ok(Self::Sqlite(PathBuf::scalar(path, context)?))
            }
            // The whole URL may hold a password: only its scheme is shown.
            "postgres" | "postgresql" => {
                Err(format!("{scheme}: is not there yet, this version keeps its data in sqlite:PATH only"))
            }
            _ => Err("must be sqlite:PATH".into()),
        }
    }

    /// A URL that is no path may hold a password.
    fn effective(text: &str, context: &Context<'_>) -> Option<String> {
        Self::scalar(text, context).ok().map(|database| database.to_string())
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

/// A password's hash in PHC form. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    /// Tells two of them apart, and no more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordHash({:.8})", crate::auth::secret::hash(&self.0))
    }
}

impl Scalar for PasswordHash {
    const KIND: Kind = Kind::Text;

    /// What was given may be the password itself: it is not repeated.
    fn scalar(text: &str, _: &Context<'_>) -> Result<Self, String> {
        if crate::auth::password::is_hash(text) {
            Ok(Self(text.into()))
        } else {
            Err("is no argon2 hash: make one with chatctl hash-password".into())
        }
    }

    fn effective(_: &str, _: &Context<'_>) -> Option<String> {
        None
    }
}

macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $check:expr, $allowed:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Scalar for $name {
            const KIND: Kind = Kind::Text;

            fn scalar(text: &str, _: &Context<'_>) -> Result<Self, String> {
                let check: fn(&str) -> bool = $check;
                if check(text) { Ok(Self(text.into())) } else { Err(format!("{text:?} {}", $allowed)) }
            }
        }
    };
}

text!(
    /// What the server calls itself: 1 to 63 of `A-Z a-z 0-9 . -`.
    ServerName,
    |text| {
        (1..=63).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
    },
    "must be 1 to 63 of A-Z a-z 0-9 . - (such as chat.example.org)"
);
text!(
    /// What clients show as the network: 1 to 50 bytes without control characters.
    NetworkName,
    |text| (1..=50).contains(&text.len()) && !text.chars().any(char::is_control),
    "must be 1 to 50 bytes without control characters"
);
text!(
    /// How a guest's default nick begins; leaves room for the port.
    GuestPrefix,
    |text| text.len() + PORT_BYTES_MAX <= NICK_BYTES_MAX && Nick::parse(text).is_ok(),
    "must begin a nick: 1 to 27 of A-Z a-z 0-9 - _ [ ] \\ ^ { } | `, not beginning with a digit or a dash"
);
