//! Fingerprints by which a server is known: SHA-256 of its certificate, or of the public key in it.
//!
//! That of the key outlasts a renewal; that of the certificate is what other programs compare.

use std::fmt;

use sha2::{Digest, Sha256};
use x509_parser::parse_x509_certificate;

/// What is written before a public key's digits.
const OF_KEY: &str = "spki-sha256:";

/// SHA-256 of a certificate, or of its public key (`SubjectPublicKeyInfo`), in DER form.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    of: Of,
    hash: [u8; 32],
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Of {
    Certificate,
    Key,
}

/// The text is no fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 fingerprint has 64 hexadecimal digits, with or without colons (see `chatctl cert show`)")]
pub struct NotAFingerprint;

impl Fingerprint {
    /// Of a certificate in DER form.
    #[must_use]
    pub fn of(der: &[u8]) -> Self {
        Self { of: Of::Certificate, hash: Sha256::digest(der).into() }
    }

    /// Of the public key in a certificate in DER form; `None` if that can't be read.
    #[must_use]
    pub fn of_key(der: &[u8]) -> Option<Self> {
        let (_, certificate) = parse_x509_certificate(der).ok()?;
        Some(Self { of: Of::Key, hash: Sha256::digest(certificate.public_key().raw).into() })
    }

    /// Whether it is that of this certificate, or of the key in it.
    #[must_use]
    pub fn matches(&self, der: &[u8]) -> bool {
        let found = match self.of {
            Of::Certificate => Some(Self::of(der)),
            Of::Key => Self::of_key(der),
        };
        found == Some(*self)
    }

    /// Whether it is a public key's.
    #[must_use]
    pub fn is_of_key(&self) -> bool {
        self.of == Of::Key
    }
}

impl std::str::FromStr for Fingerprint {
    type Err = NotAFingerprint;

    /// Takes capital and small letters, with colons or without; a certificate's with `sha256:` in front or
    /// without, a public key's with `spki-sha256:`.
    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let lower = text.trim().to_ascii_lowercase();
        let (of, lower) = match lower.strip_prefix(OF_KEY) {
            Some(digits) => (Of::Key, digits),
            None => (Of::Certificate, lower.as_str()),
        };
        let digits = lower
            .strip_prefix("sha256")
            .filter(|_| of == Of::Certificate)
            .unwrap_or(lower)
            .trim_start_matches([':', '=', ' ']);
        let digits: Vec<u8> = digits.bytes().filter(|byte| *byte != b':').collect();
        let mut hash = [0; 32];
        if digits.len() != hash.len() * 2 {
            return Err(NotAFingerprint);
        }
        for (byte, pair) in hash.iter_mut().zip(digits.chunks(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self { of, hash })
    }
}

fn digit(ascii: u8) -> Result<u8, NotAFingerprint> {
    char::from(ascii).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or(NotAFingerprint)
}

impl fmt::Display for Fingerprint {
    /// As the server and `chatctl cert show` write it, and the known-hosts file: `sha256:` or
    /// `spki-sha256:` and small letters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.of {
            Of::Certificate => "sha256:",
            Of::Key => OF_KEY,
        })?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
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
    fn a_key_is_known_under_every_certificate_of_it() {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = |name: &str| {
            let params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
            params.self_signed(&key).unwrap()
        };
        let (one, two) = (certificate("one"), certificate("two"));
        let of_key = Fingerprint::of_key(one.der()).unwrap();
        assert!(of_key.is_of_key() && of_key.matches(one.der()) && of_key.matches(two.der()));
        let of_one = Fingerprint::of(one.der());
        assert!(of_one.matches(one.der()) && !of_one.matches(two.der()) && of_one != of_key);
        let shown = of_key.to_string();
        assert!(shown.starts_with("spki-sha256:"), "{shown}");
        for text in [shown.clone(), shown.to_uppercase()] {
            assert_eq!(text.parse(), Ok(of_key), "{text}");
        }
        // The same digits of the other kind are another fingerprint.
        let other: Fingerprint = shown.trim_start_matches("spki-").parse().unwrap();
        assert!(!other.matches(one.der()));
        assert_eq!(Fingerprint::of_key(b"no certificate"), None);
        assert!(!of_key.matches(b"no certificate"));
    }

    #[test]
    fn what_is_no_fingerprint_is_refused() {
        let short = "ab".repeat(31);
        let odd = format!("{}x", "a".repeat(63));
        for text in [
            "",
            "ab:cd",
            &short,
            &odd,
            &format!("sha1:{}", "ab".repeat(20)),
            &format!("spki-{}", "ab".repeat(32)),
            &"é".repeat(32),
        ] {
            assert_eq!(text.parse::<Fingerprint>(), Err(NotAFingerprint), "{text}");
        }
    }
}
