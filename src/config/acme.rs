//! What an authority is told and asked for (ACME).

use std::fmt;

use super::value::{Context, Kind, Scalar};

/// Bytes of a host name at most. Source: RFC 1035, section 2.3.4.
const DOMAIN_BYTES_MAX: usize = 253;
/// Bytes of one part of it.
const LABEL_BYTES_MAX: usize = 63;
/// Bytes of an address that is accepted, of the web or of a person.
const ADDRESS_BYTES_MAX: usize = 254;

/// A name for which a certificate is got, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain(String);

/// Whom the authority may write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact(String);

/// Where an authority's directory is: `https://`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory(String);

macro_rules! text {
    ($($type:ty)*) => {$(
        impl $type {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

text!(Domain Contact Directory);

impl Scalar for Domain {
    const KIND: Kind = Kind::Text;

    fn scalar(text: &str, _: &Context<'_>) -> Result<Self, String> {
        let is_label = |label: &str| {
            let is_inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
            (1..=LABEL_BYTES_MAX).contains(&label.len())
                && label.bytes().all(is_inner)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let is_address = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if text.len() <= DOMAIN_BYTES_MAX && !is_address && text.split('.').all(is_label) {
            return Ok(Self(text.to_ascii_lowercase()));
        }
        Err(format!(
            "{text:?} is no host name, such as chat.example.org; addresses and wildcards are not got here"
        ))
    }
}

impl Scalar for Contact {
    const KIND: Kind = Kind::Text;

    fn scalar(text: &str, _: &Context<'_>) -> Result<Self, String> {
        let is_plain = text.len() <= ADDRESS_BYTES_MAX && text.bytes().all(|b| b.is_ascii_graphic());
        match text.split_once('@') {
            Some((name, host)) if is_plain && !name.is_empty() && !host.is_empty() && !host.contains('@') => {
                Ok(Self(text.to_owned()))
            }
            Some(_) | None => Err(format!("{text:?} is no e-mail address")),
        }
    }
}

impl Scalar for Directory {
    const KIND: Kind = Kind::Text;

    fn scalar(text: &str, _: &Context<'_>) -> Result<Self, String> {
        let is_plain = text.len() <= ADDRESS_BYTES_MAX && text.bytes().all(|b| b.is_ascii_graphic());
        let rest = text.strip_prefix("https://").filter(|rest| is_plain && !rest.is_empty());
        let url = rest.and_then(|_| text.parse::<hyper::Uri>().ok());
        if url.is_none() {
            return Err(format!("{text:?} is no address of a directory: it begins with https://"));
        }
        Ok(Self(text.to_owned()))
    }
}
