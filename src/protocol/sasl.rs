//! SASL payloads: chunks of base64 and the PLAIN message, for both sides.
//!
//! Source: IRCv3 sasl-3.1 and sasl-3.2, RFC 4616.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::limits;

/// Puts the chunks of one answer together.
#[derive(Default)]
pub struct Assembler {
    base64: Zeroizing<String>,
}

/// What a chunk led to.
#[derive(PartialEq, Eq)]
pub enum Assembled {
    /// More chunks follow.
    More,
    /// The whole answer.
    Complete(Zeroizing<Vec<u8>>),
    /// A chunk over 400 bytes (numeric 905).
    ChunkTooLong,
    /// Not base64, or more than [`limits::SASL_BYTES_MAX`] (numeric 904).
    Invalid,
}

impl Assembler {
    /// Adds the parameter of one `AUTHENTICATE` line.
    pub fn push(&mut self, chunk: &str) -> Assembled {
        if chunk.len() > limits::SASL_CHUNK_BYTES {
            self.base64.clear();
            return Assembled::ChunkTooLong;
        }
        if chunk != "+" {
            self.base64.push_str(chunk);
        }
        if self.base64.len() > limits::SASL_BYTES_MAX.div_ceil(3) * 4 {
            self.base64.clear();
            return Assembled::Invalid;
        }
        if chunk.len() == limits::SASL_CHUNK_BYTES {
            return Assembled::More;
        }
        let base64 = std::mem::take(&mut self.base64);
        match STANDARD.decode(base64.as_bytes()) {
            Ok(bytes) if bytes.len() <= limits::SASL_BYTES_MAX => Assembled::Complete(Zeroizing::new(bytes)),
            Ok(_) | Err(_) => Assembled::Invalid,
        }
    }
}

/// The parameters of the `AUTHENTICATE` lines that carry this answer.
#[must_use]
pub fn chunks(answer: &[u8]) -> Vec<Zeroizing<String>> {
    let base64 = Zeroizing::new(STANDARD.encode(answer));
    let mut chunks: Vec<Zeroizing<String>> = base64
        .as_bytes()
        .chunks(limits::SASL_CHUNK_BYTES)
        .map(|chunk| Zeroizing::new(String::from_utf8_lossy(chunk).into_owned()))
        .collect();
    if base64.len().is_multiple_of(limits::SASL_CHUNK_BYTES) {
        chunks.push(Zeroizing::new("+".into()));
    }
    chunks
}

/// Name and password of a PLAIN answer.
#[derive(PartialEq, Eq)]
pub struct Plain {
    /// The account.
    pub name: String,
    /// Its password, or a token.
    pub password: Zeroizing<String>,
}

// None of these shows what it holds: it is somebody's password.

impl fmt::Debug for Assembler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assembler").finish_non_exhaustive()
    }
}

impl fmt::Debug for Assembled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::More => "More",
            Self::Complete(_) => "Complete(..)",
            Self::ChunkTooLong => "ChunkTooLong",
            Self::Invalid => "Invalid",
        })
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plain").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Plain {
    /// Reads `authzid NUL authcid NUL password`. Speaking for somebody else (an authzid that is
    /// not the authcid), an empty name and an empty password are no answer.
    #[must_use]
    pub fn parse(answer: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(answer).ok()?;
        let mut parts = text.split('\0');
        let (authzid, authcid, password) = (parts.next()?, parts.next()?, parts.next()?);
        let valid = parts.next().is_none()
            && (authzid.is_empty() || authzid == authcid)
            && !authcid.is_empty()
            && !password.is_empty();
        valid.then(|| Self { name: authcid.into(), password: Zeroizing::new(password.into()) })
    }

    /// The answer that carries name and password.
    #[must_use]
    pub fn to_answer(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([b"\0", self.name.as_bytes(), b"\0", self.password.as_bytes()].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_answers_are_judged() {
        let table: [(&[u8], bool); 9] = [
            (b"\0alice\0secret", true),
            (b"alice\0alice\0secret", true),
            (b"bob\0alice\0secret", false),
            (b"\0\0secret", false),
            (b"\0alice\0", false),
            (b"\0alice\0sec\0ret", false),
            (b"alice\0secret", false),
            (b"\0alice\0\xff", false),
            (b"", false),
        ];
        for (answer, good) in table {
            assert_eq!(Plain::parse(answer).is_some(), good, "{answer:?}");
        }
    }

    #[test]
    fn no_debug_form_shows_a_password() {
        let plain = Plain { name: "alice".into(), password: Zeroizing::new("secret".into()) };
        let assembled = Assembler::default().push(&chunks(&plain.to_answer())[0]);
        let shown = format!("{plain:?} {assembled:?}");
        assert!(shown.contains("alice") && !shown.contains("secret") && !shown.contains('['), "{shown}");
    }

    #[test]
    fn the_longest_answer_is_taken_and_no_longer_one() {
        for (len, taken) in [(limits::SASL_BYTES_MAX, true), (limits::SASL_BYTES_MAX + 1, false)] {
            let mut assembler = Assembler::default();
            let assembled: Vec<_> =
                chunks(&vec![b'x'; len]).iter().map(|chunk| assembler.push(chunk)).collect();
            assert_eq!(matches!(assembled.last(), Some(Assembled::Complete(_))), taken, "{len}");
        }
    }

    #[test]
    fn chunks_over_the_limit_and_nonsense_are_told_apart() {
        assert_eq!(Assembler::default().push(&"a".repeat(401)), Assembled::ChunkTooLong);
        assert_eq!(Assembler::default().push("###"), Assembled::Invalid);
        let mut endless = Assembler::default();
        let answers: Vec<_> = (0..14).map(|_| endless.push(&"a".repeat(400))).collect();
        assert!(answers.contains(&Assembled::Invalid));
    }

    proptest! {
        #[test]
        fn any_answer_survives_its_chunks(answer in proptest::collection::vec(any::<u8>(), 0..1200)) {
            let mut assembler = Assembler::default();
            let mut last = Assembled::More;
            for chunk in chunks(&answer) {
                prop_assert_eq!(&last, &Assembled::More);
                last = assembler.push(&chunk);
            }
            prop_assert_eq!(last, Assembled::Complete(Zeroizing::new(answer)));
        }
    }
}
