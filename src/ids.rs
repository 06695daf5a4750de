//! Identities: one newtype for each kind of number that names something.
//!
//! Never holds behaviour beyond conversion; numbers of different kinds never mix.

use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasherDefault;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustc_hash::FxHasher;

use crate::clock::Timestamp;

/// Hashes ids. They are ours and drawn in order: nobody can choose ones that collide, so a quick hash
/// is enough.
pub type IdHasher = BuildHasherDefault<FxHasher>;

/// A map by ids.
pub type IdMap<K, V> = HashMap<K, V, IdHasher>;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// An account, for as long as the database lives; never given out twice.
    AccountId
);
id!(
    /// A room or a direct conversation; never given out twice.
    RoomId
);
id!(
    /// One connection of this run of the server; never given out twice in a run.
    SessionId
);
id!(
    /// The place of an entry in its room: 1, 2, 3 … without gaps. 0 stands before the first.
    Seq
);

impl Seq {
    /// The place after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A person on the server: an account with all its sessions, or a guest with its one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum UserId {
    /// Everybody who signed in to this account.
    Account(AccountId),
    /// Who came without an account; ends with the connection.
    Guest(SessionId),
}

impl UserId {
    /// The account, unless this is a guest.
    #[must_use]
    pub fn account(self) -> Option<AccountId> {
        match self {
            Self::Account(id) => Some(id),
            Self::Guest(_) => None,
        }
    }
}

/// The name of one message on the wire: 22 characters that hold room, place and time.
///
/// It is derived, so the store keeps no column and no index for it. The time makes it differ
/// from the id that an earlier copy of the same database gave to the same place.
/// Source: IRCv3 message-ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MsgId {
    /// The room it was said in.
    pub room: RoomId,
    /// Its place; for what is not stored, a number from [`MsgId::unstored`].
    pub seq: Seq,
    /// When it was accepted.
    pub at: Timestamp,
}

/// Room and seq take 5 bytes each, the time 6.
const FIVE_BYTES: u64 = (1 << 40) - 1;
const UNSTORED: u64 = 1 << 39;

impl MsgId {
    /// An id for something that passes through without being stored; `nonce` tells those of the
    /// same millisecond apart.
    #[must_use]
    pub fn unstored(room: RoomId, nonce: u64, at: Timestamp) -> Self {
        Self { room, seq: Seq(UNSTORED | (nonce & (UNSTORED - 1))), at }
    }

    /// Reads an id back; `None` for anything this server did not make.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let number = u128::from_be_bytes(bytes);
        let five = u128::from(FIVE_BYTES);
        Some(Self {
            room: RoomId(u64::try_from(number >> 88 & five).ok()?),
            seq: Seq(u64::try_from(number >> 48 & five).ok()?),
            at: Timestamp(i64::try_from(number & ((1 << 48) - 1)).ok()?),
        })
    }
}

impl fmt::Display for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = u128::from(self.room.0 & FIVE_BYTES) << 88
            | u128::from(self.seq.0 & FIVE_BYTES) << 48
            | u128::from(self.at.0.unsigned_abs() & ((1 << 48) - 1));
        let mut text = [0; 22];
        let written =
            URL_SAFE_NO_PAD.encode_slice(number.to_be_bytes(), &mut text).map_err(|_| fmt::Error)?;
        f.write_str(std::str::from_utf8(&text[..written]).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_message_id_reads_back(room in 0..=FIVE_BYTES, seq in 0..=FIVE_BYTES, at in 0..1_i64 << 48) {
            let id = MsgId { room: RoomId(room), seq: Seq(seq), at: Timestamp(at) };
            prop_assert_eq!(MsgId::parse(&id.to_string()), Some(id));
            prop_assert_eq!(id.to_string().len(), 22);
        }

        #[test]
        fn no_text_breaks_the_message_id_parser(text in "\\PC*") {
            if let Some(id) = MsgId::parse(&text) {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}
