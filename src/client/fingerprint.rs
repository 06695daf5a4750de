//! The fingerprint of a certificate: SHA-256 of its DER form, as people compare it.

use std::fmt;

use sha2::{Digest, Sha256};

/// SHA-256 of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// The text is no fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 fingerprint has 64 hexadecimal digits, with or without colons (see `chatctl cert show`)")]
pub struct NotAFingerprint;

impl Fingerprint {
    /// Of a certificate in DER form.
    #[must_use]
    pub fn of(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }
}

impl std::str::FromStr for Fingerprint {
    type Err = NotAFingerprint;

    /// Takes capital and small letters, with colons or without, with `sha256:` in front or without.
    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let lower = text.trim().to_ascii_lowercase();
        let digits = lower.strip_prefix("sha256").unwrap_or(&lower).trim_start_matches([':', '=', ' ']);
        let digits: Vec<u8> = digits.bytes().filter(|byte| *byte != b':').collect();
        let mut bytes = [0; 32];
        if digits.len() != bytes.len() * 2 {
            return Err(NotAFingerprint);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

fn digit(ascii: u8) -> Result<u8, NotAFingerprint> {
    char::from(ascii).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or(NotAFingerprint)
}

impl fmt::Display for Fingerprint {
    /// As the server and `chatctl cert show` write it, and the known-hosts file: `sha256:` and
    /// small letters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_spelling_is_read() {
        let fingerprint = Fingerprint::of(b"certificate");
        let shown = fingerprint.to_string();
        let digits = shown.trim_start_matches("sha256:");
        let pairs: Vec<_> = (0..32).map(|pair| &digits[pair * 2..pair * 2 + 2]).collect();
        for text in [
            shown.clone(),
            digits.to_owned(),
            digits.to_uppercase(),
            pairs.join(":"),
            format!("SHA256 {}", pairs.join(":").to_uppercase()),
            format!(" SHA256:{digits}\n"),
        ] {
            assert_eq!(text.parse(), Ok(fingerprint), "{text}");
        }
    }

    #[test]
    fn what_is_no_fingerprint_is_refused() {
        let short = "ab".repeat(31);
        let odd = format!("{}x", "a".repeat(63));
        for text in ["", "ab:cd", &short, &odd, &format!("sha1:{}", "ab".repeat(20)), &"é".repeat(32)] {
            assert_eq!(text.parse::<Fingerprint>(), Err(NotAFingerprint), "{text}");
        }
    }
}
