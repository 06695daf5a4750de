//! The second factor: codes of six digits that a device makes from a secret and the time, and codes on paper for
//! when it is lost.
//!
//! Pure: secret and time are passed in. Source: RFC 6238 with SHA-1, six digits and 30 s, which is all that many
//! apps can do; RFC 4226 section 5.3.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::clock::Timestamp;

use super::secret::NoRandom;

/// Bytes of a secret: as many as the hash has, as RFC 4226 asks for.
const SECRET_BYTES: usize = 20;
const STEP_MS: i64 = 30_000;
const DIGITS: usize = 6;
/// Codes that there are with so many digits.
const CODES: u32 = 1_000_000;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A secret that codes are made from. Never shown by accident, and wiped at its end.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret(Zeroizing<Vec<u8>>);

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

impl TotpSecret {
    /// A new one: 160 bits.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn random() -> Result<Self, NoRandom> {
        let mut bytes = Zeroizing::new(vec![0; SECRET_BYTES]);
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// One that was made before.
    #[must_use]
    pub fn of(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }

    /// As people type it: base 32.
    #[must_use]
    pub fn to_base32(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.0.len().div_ceil(5) * 8));
        let (mut bits, mut held) = (0_u32, 0_u32);
        for byte in self.0.iter() {
            held = (held << 8) | u32::from(*byte);
            bits += 8;
            while bits >= 5 {
                bits -= 5;
                text.push(char::from(BASE32[(held >> bits) as usize & 31]));
            }
            held &= (1 << bits) - 1;
        }
        if bits > 0 {
            text.push(char::from(BASE32[(held << (5 - bits)) as usize & 31]));
        }
        text
    }

    /// What apps read from a picture. Source: the wiki of google-authenticator, Key-Uri-Format.
    #[must_use]
    pub fn to_uri(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let plain = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
        };
        let (issuer, account) = (plain(issuer), plain(account));
        let secret = self.to_base32();
        Zeroizing::new(format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", *secret))
    }

    /// The step whose code this is: that of now, or of the moment before or after, for clocks that go wrong.
    #[must_use]
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let current = now.0.div_euclid(STEP_MS);
        let mut found = None;
        // All of them are looked at, so that the time tells nothing.
        for step in [current - 1, current, current + 1] {
            let is_it: bool = self.code(step).as_bytes().ct_eq(code.as_bytes()).into();
            if is_it {
                found = Some(step);
            }
        }
        found
    }

    /// The code of this step: so many times 30 s since 1970.
    #[must_use]
    pub fn code(&self, step: i64) -> Zeroizing<String> {
        let counter = u64::try_from(step).unwrap_or_default().to_be_bytes();
        let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(&self.0) else { return Zeroizing::default() };
        mac.update(&counter);
        let hash = mac.finalize().into_bytes();
        let at = usize::from(hash[19] & 15);
        let number = u32::from_be_bytes([hash[at] & 0x7f, hash[at + 1], hash[at + 2], hash[at + 3]]);
        Zeroizing::new(format!("{:0DIGITS$}", number % CODES))
    }
}

/// What may be a code of the second factor.
#[derive(Clone)]
pub enum Code {
    /// Six digits of a device.
    Device(Zeroizing<String>),
    /// One on paper, such as `k3x9p-0v7wz`.
    Recovery(Zeroizing<String>),
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

impl Code {
    /// Reads a code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let owned = || Zeroizing::new(text.to_owned());
        if text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::Device(owned()));
        }
        let (one, other) = text.split_once('-')?;
        let is_group = |group: &str| group.len() == 5 && group.bytes().all(|b| b.is_ascii_alphanumeric());
        (is_group(one) && is_group(other)).then(|| Self::Recovery(owned()))
    }
}

/// A password and the code behind it, if there is one: `password 123456`.
#[must_use]
pub fn split(text: &str) -> (&str, Option<Code>) {
    match text.rsplit_once(' ').map(|(password, last)| (password, Code::parse(last))) {
        Some((password, Some(code))) => (password, Some(code)),
        Some((_, None)) | None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_rfc() {
        // Appendix B: the last six of eight digits.
        let secret = TotpSecret::of(b"12345678901234567890".to_vec());
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = second / 30;
            assert_eq!(*secret.code(step), code, "{second}");
            for (now, found) in
                [(second, true), (second + 30, true), (second - 30, true), (second + 60, false)]
            {
                let now = Timestamp(now * 1000);
                assert_eq!(secret.step_of(code, now), found.then_some(step), "{second} {now:?}");
            }
        }
        assert_eq!(secret.step_of("28708", Timestamp(59_000)), None);
    }

    #[test]
    fn a_secret_is_written_for_people_and_apps_and_shown_to_nobody_else() {
        let secret = TotpSecret::of(b"12345678901234567890".to_vec());
        assert_eq!(*secret.to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(*TotpSecret::of(b"f".to_vec()).to_base32(), "MY");
        assert_eq!(
            *secret.to_uri("Chess Club", "alice"),
            "otpauth://totp/Chess%20Club:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Chess%20Club"
        );
        assert_eq!(format!("{secret:?}"), "TotpSecret(…)");
        assert_eq!(TotpSecret::random().unwrap().reveal().len(), 20);
    }

    #[test]
    fn a_code_stands_behind_the_password() {
        for (text, password, has_code) in [
            ("correct horse", "correct horse", false),
            ("correct horse 123456", "correct horse", true),
            ("horse 12345", "horse 12345", false),
            ("horse k3x9p-0v7wz", "horse", true),
            ("horse K3X9P-0V7WZ", "horse", true),
            ("horse battery-staple", "horse battery-staple", false),
            ("123456", "123456", false),
            (" 123456", "", true),
            ("horse 123456 ", "horse 123456 ", false),
        ] {
            let (found, code) = split(text);
            assert_eq!((found, code.is_some()), (password, has_code), "{text}");
        }
    }
}
