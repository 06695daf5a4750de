//! Metadata: values under keys that a user or a room bears, for programs to show beside the name.
//!
//! The words only; who may set what is decided in the journal. Source: IRCv3 draft/metadata.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::ids::{RoomId, UserId};
use crate::limits;

/// A key: at most [`limits::METADATA_KEY_BYTES_MAX`] of `a-z 0-9 _ . / -`, and not nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Arc<str>);

/// What bears metadata. An account's and a room's are stored, a guest's end with the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A user.
    User(UserId),
    /// A room.
    Room(RoomId),
}

/// All that one subject bears, in the order of the keys: at most [`limits::METADATA_KEYS_MAX`]
/// values of at most [`limits::METADATA_VALUE_BYTES_MAX`] bytes, none of them empty.
pub type Metadata = BTreeMap<Key, Arc<str>>;

/// What one key is to be: its value, or nothing.
pub type Change = (Key, Option<Arc<str>>);

impl Key {
    /// Checks a key; `None` for what can't be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'/' | b'-');
        let fits = !text.is_empty() && text.len() <= limits::METADATA_KEY_BYTES_MAX;
        (fits && text.bytes().all(allowed)).then(|| Self(text.into()))
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_checked() {
        for good in ["avatar", "display-name", "im.xmpp", "a/b_c", "0"] {
            assert!(Key::parse(good).is_some_and(|key| key.as_str() == good), "{good}");
        }
        let long = "k".repeat(limits::METADATA_KEY_BYTES_MAX + 1);
        for bad in ["", "Avatar", "a b", "a:b", "$url$", "größe", "*", &long] {
            assert!(Key::parse(bad).is_none(), "{bad}");
        }
    }
}
