//! Bans: who is kept out by account or by address.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::names::AccountName;

use super::Error;

/// Who is meant: `account:NAME`, an address, or a network as `192.0.2.0/24`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Target {
    /// An account, by its name.
    Account(AccountName),
    /// All addresses of a network.
    Network(Network),
}

/// Addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    /// The first of them; never an IPv4 address in the clothes of IPv6.
    first: IpAddr,
    /// How many bits they share.
    bits: u8,
}

/// A ban.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    /// Who is meant.
    pub target: Target,
    /// Why, if it was said.
    pub reason: Option<String>,
    /// Who made it.
    pub creator: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; `None`: when it is lifted.
    pub expires_at: Option<Timestamp>,
}

/// The bans' side of the store. All calls may fail with [`Error::Unavailable`].
#[async_trait]
pub trait Bans: Send + Sync + 'static {
    /// Adds a ban, in the place of one of the same target; those that ended by its time go.
    ///
    /// # Errors
    /// Only the general one.
    async fn add_ban(&self, ban: Ban) -> Result<(), Error>;

    /// All bans, oldest first, those that have ended included.
    ///
    /// # Errors
    /// Only the general one.
    async fn bans(&self) -> Result<Vec<Ban>, Error>;

    /// Lifts a ban.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn delete_ban(&self, target: &Target) -> Result<(), Error>;
}

/// Why a text is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} must be account:NAME, an address, or a network such as 192.0.2.0/24 or 2001:db8::/32")]
pub struct TargetError(String);

impl Network {
    /// The network of these first bits; `None` if the address has fewer.
    #[must_use]
    pub fn new(address: IpAddr, bits: u8) -> Option<Self> {
        let canonical = address.to_canonical();
        let (length, hidden) = match (address, canonical) {
            (IpAddr::V6(_), IpAddr::V4(_)) => (32, 96),
            (IpAddr::V4(_), _) => (32, 0),
            (IpAddr::V6(_), IpAddr::V6(_)) => (128, 0),
        };
        let bits = bits.checked_sub(hidden).filter(|bits| *bits <= length)?;
        Some(Self { first: first_of(canonical, bits), bits })
    }

    /// Whether the address is one of them.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && first_of(address, self.bits) == self.first
    }

    fn is_one_address(&self) -> bool {
        self.bits == if self.first.is_ipv4() { 32 } else { 128 }
    }
}

/// The address with only so many of its first bits.
fn first_of(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            IpAddr::V4((u32::from(v4) & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::V6((u128::from(v6) & mask).into())
        }
    }
}

impl Ban {
    /// Whether it is in force.
    #[must_use]
    pub fn is_valid_at(&self, at: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| at < end)
    }

    /// What who is kept out is told.
    #[must_use]
    pub fn text(&self) -> String {
        let until = self.expires_at.map_or_else(String::new, |end| format!(" until {end}"));
        let reason = self.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
        format!("You are banned{until}{reason}")
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_one_address() { self.first.fmt(f) } else { write!(f, "{}/{}", self.first, self.bits) }
    }
}

impl FromStr for Network {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let wrong = || TargetError(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        Self::new(address, bits.unwrap_or(all)).ok_or_else(wrong)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(name) => write!(f, "account:{name}"),
            Self::Network(network) => network.fmt(f),
        }
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        match text.split_once(':') {
            Some((kind, name)) if kind.eq_ignore_ascii_case("account") => {
                AccountName::parse(name).map(Self::Account).map_err(|_| TargetError(text.to_owned()))
            }
            Some(_) | None => text.parse().map(Self::Network),
        }
    }
}

impl TryFrom<String> for Target {
    type Error = TargetError;
    fn try_from(text: String) -> Result<Self, TargetError> {
        text.parse()
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_have_one_form() {
        for (text, form) in [
            ("192.0.2.7", "192.0.2.7"),
            ("192.0.2.7/32", "192.0.2.7"),
            ("192.0.2.7/24", "192.0.2.0/24"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7/120", "192.0.2.0/24"),
            ("2001:DB8:0:0::1", "2001:db8::1"),
            ("2001:db8::1/64", "2001:db8::/64"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::/0", "::/0"),
            ("Account:Bob", "account:Bob"),
        ] {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), form, "{text}");
        }
        for text in [
            "",
            "bob",
            "account:",
            "account:a b",
            "192.0.2",
            "192.0.2.7/33",
            "192.0.2.7/",
            "192.0.2.7/-1",
            "::1/129",
            "::ffff:192.0.2.7/95",
            "192.0.2.7/8/8",
            "[::1]",
        ] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_network_has_the_addresses_that_begin_like_it() {
        let table = [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "::ffff:192.0.2.1", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "192.0.2.1", false),
            ("2001:db8::/33", "2001:db8:7fff::1", true),
            ("2001:db8::/33", "2001:db8:8000::1", false),
            ("192.0.2.7", "192.0.2.8", false),
        ];
        for (network, address, is_in) in table {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), is_in, "{network} {address}");
        }
    }
}
