//! Secrets that the server makes up: tokens and invitation codes.
//!
//! Random, never chosen; only their SHA-256 is ever stored, which needs no salt because nobody can
//! guess what has so many bits.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::limits;

/// What every token begins with, so that people and scanners know one when they see it.
pub const TOKEN_PREFIX: &str = "cst_";

const TOKEN_BYTES: usize = 24;
/// Characters of a code without its dashes: 100 bits.
const CODE_LEN: usize = 20;
const RECOVERY_LEN: usize = 10;
const CODE_GROUP_LEN: usize = 5;
/// Base 32 without letters that are taken for others. Source: Crockford.
const CODE_ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A token in the keeping of a connection. Never shown, and wiped at its end.
#[derive(Clone, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct TokenSecret(Zeroizing<String>);

impl TokenSecret {
    /// A text that has the form of a token.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_token(text).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The token itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TokenSecret {
    type Error = &'static str;

    /// Wipes the text.
    fn try_from(text: String) -> Result<Self, &'static str> {
        Self::parse(&Zeroizing::new(text)).ok_or("this is no token")
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(…)")
    }
}

/// The machine has no random numbers to give.
#[derive(Debug, thiserror::Error)]
#[error("no random numbers: {0}")]
pub struct NoRandom(#[from] getrandom::Error);

/// A new token, such as `cst_` and 32 characters: 192 bits.
///
/// # Errors
/// [`NoRandom`].
pub fn token() -> Result<Zeroizing<String>, NoRandom> {
    let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
    getrandom::fill(bytes.as_mut_slice())?;
    let mut text = Zeroizing::new(String::from(TOKEN_PREFIX));
    URL_SAFE_NO_PAD.encode_string(bytes.as_slice(), &mut text);
    Ok(text)
}

/// The secret of a new webhook: 192 bits, as many as a token, and taken for none.
///
/// # Errors
/// [`NoRandom`].
pub fn webhook() -> Result<Zeroizing<String>, NoRandom> {
    let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
    getrandom::fill(bytes.as_mut_slice())?;
    Ok(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice())))
}

/// Whether a text has the form of a token.
#[must_use]
pub fn is_token(text: &str) -> bool {
    text.strip_prefix(TOKEN_PREFIX).is_some_and(|rest| {
        rest.len() == TOKEN_BYTES / 3 * 4
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    })
}

/// Whether a text can say what a token or a certificate is for.
#[must_use]
pub fn is_label(text: &str) -> bool {
    let is_short = text.len() <= limits::CREDENTIAL_LABEL_BYTES_MAX;
    is_short && !text.trim().is_empty() && !text.chars().any(char::is_control)
}

/// A new invitation code, such as `k3x9p-0v7wz-m2n8d-q5rjt`: easy to read out, 100 bits.
///
/// # Errors
/// [`NoRandom`].
pub fn invitation_code() -> Result<Zeroizing<String>, NoRandom> {
    code::<CODE_LEN>()
}

/// A new recovery code, such as `k3x9p-0v7wz`: 50 bits, which are good as long as guesses are slowed down.
///
/// # Errors
/// [`NoRandom`].
pub fn recovery_code() -> Result<Zeroizing<String>, NoRandom> {
    code::<RECOVERY_LEN>()
}

fn code<const LEN: usize>() -> Result<Zeroizing<String>, NoRandom> {
    let mut bytes = Zeroizing::new([0; LEN]);
    getrandom::fill(bytes.as_mut_slice())?;
    let mut text = Zeroizing::new(String::with_capacity(LEN + LEN / CODE_GROUP_LEN));
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 && index % CODE_GROUP_LEN == 0 {
            text.push('-');
        }
        text.push(char::from(CODE_ALPHABET[usize::from(byte % 32)]));
    }
    Ok(text)
}

/// The hash under which a code is stored. Case, dashes and spaces do not count, nor whether
/// somebody wrote `o` for `0`, `i` or `l` for `1`.
#[must_use]
pub fn code_hash(code: &str) -> String {
    let plain: Zeroizing<String> = Zeroizing::new(
        code.chars()
            .filter(|c| *c != '-' && !c.is_whitespace())
            .map(|c| match c.to_ascii_lowercase() {
                'o' => '0',
                'i' | 'l' => '1',
                other => other,
            })
            .collect(),
    );
    hash(&plain)
}

/// SHA-256 as 64 lower-case hex digits.
#[must_use]
pub fn hash(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// Lower-case hex digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String can't fail.
        write!(text, "{byte:02x}").unwrap_or_default();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_recognised_and_differ() {
        let (one, other) = (token().unwrap(), token().unwrap());
        assert!(is_token(&one) && is_token(&other), "{one:?}");
        assert_eq!(one.len(), 36);
        assert_ne!(one, other);
        let token = TokenSecret::parse(&one).unwrap();
        assert!(token.reveal() == *one && !format!("{token:?}").contains(&one[4..]));
        for no_token in ["", "cst_", "cst_short", &one[1..], &format!("{}!", &one[..35])] {
            assert!(!is_token(no_token), "{no_token}");
        }
    }

    #[test]
    fn a_code_may_be_written_carelessly() {
        let code = invitation_code().unwrap();
        assert_eq!(code.len(), 23);
        assert!(code.split('-').all(|group| group.len() == 5), "{code:?}");
        let careless =
            format!(" {} ", code.to_uppercase().replace('-', " ").replace('0', "O").replace('1', "l"));
        assert_eq!(code_hash(&code), code_hash(&careless));
        assert_ne!(code_hash(&code), code_hash(&invitation_code().unwrap()));
    }

    #[test]
    fn hashes_are_those_of_sha_256() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash("abc"), abc);
    }
}
