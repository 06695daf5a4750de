//! The chain that makes a change of history visible: what is hashed, and how.
//!
//! Pure. Two hashes of an entry, both SHA-256: the *digest* of its content, which is what redaction
//! erases and which is kept in its place then; and the *link*, over the link of the entry before it
//! in its room, the digest, and all that redaction leaves. What was released never changes: other
//! forms take other tags. Decision: docs/decisions/0030-a-chain-of-hashes.md.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::auth::secret;

/// Random bytes in each digest, so that what is left of an erased text can't be guessed from it.
pub const SALT_BYTES: usize = 16;

const CONTENT_TAG: &[u8] = b"chat-secure content 1\0";
const LINK_TAG: &[u8] = b"chat-secure link 1\0";

/// A hash of the chain; shown as 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Link(pub [u8; 32]);

impl Link {
    /// What stands before the first entry of a room.
    pub const START: Self = Self([0; 32]);

    /// From its bytes, if there are 32.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&secret::hex(&self.0))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({self})")
    }
}

impl FromStr for Link {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        const BAD: &str = "64 hexadecimal digits are expected";
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(BAD);
        }
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0]).ok_or(BAD)? << 4 | digit(pair[1]).ok_or(BAD)?;
        }
        Ok(Self(bytes))
    }
}

/// What redaction erases, as it is stored.
#[derive(Clone, Copy, Debug)]
pub struct Content<'a> {
    /// [`SALT_BYTES`] random ones.
    pub salt: &'a [u8],
    /// Of the stored form.
    pub version: i64,
    /// The text.
    pub body: &'a [u8],
    /// Client-only tags.
    pub tags: Option<&'a [u8]>,
    /// What else there is.
    pub detail: Option<&'a [u8]>,
}

impl Content<'_> {
    /// The digest.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Hash::new(CONTENT_TAG);
        hash.bytes(self.salt);
        hash.number(self.version);
        hash.bytes(self.body);
        hash.optional(self.tags);
        hash.optional(self.detail);
        hash.end()
    }
}

/// What redaction leaves: where, when and what kind of thing it was, by whom.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The room.
    pub room: i64,
    /// The place in it.
    pub seq: i64,
    /// Milliseconds since 1970.
    pub at: i64,
    /// The number of its kind, of what is erased that of before.
    pub kind: i64,
    /// The message that an edit edits.
    pub of: Option<i64>,
    /// `nick!user@host`.
    pub source: &'a [u8],
    /// The account, unless a guest's.
    pub account: Option<&'a [u8]>,
    /// Whether a bot did it.
    pub bot: bool,
    /// To whom it was addressed.
    pub target: &'a [u8],
}

impl Frame<'_> {
    /// The link of this entry behind that of the one before.
    #[must_use]
    pub fn link(&self, previous: &Link, digest: &[u8; 32]) -> Link {
        let mut hash = Hash::new(LINK_TAG);
        hash.0.update(previous.0);
        hash.0.update(digest);
        hash.number(self.room);
        hash.number(self.seq);
        hash.number(self.at);
        hash.number(self.kind);
        // No entry has the place 0.
        hash.number(self.of.unwrap_or_default());
        hash.bytes(self.source);
        hash.optional(self.account);
        hash.number(self.bot.into());
        hash.bytes(self.target);
        Link(hash.end())
    }
}

/// Each part says how long it is, so that no two contents have one encoding.
struct Hash(Sha256);

impl Hash {
    fn new(tag: &[u8]) -> Self {
        Self(Sha256::new_with_prefix(tag))
    }

    fn number(&mut self, number: i64) {
        self.0.update(number.to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    /// Nothing is another thing than an empty text.
    fn optional(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            None => self.0.update([0]),
            Some(bytes) => {
                self.0.update([1]);
                self.bytes(bytes);
            }
        }
    }

    fn end(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTENT: Content<'static> =
        Content { salt: &[7; SALT_BYTES], version: 1, body: b"hello", tags: None, detail: Some(b"{}") };
    const FRAME: Frame<'static> = Frame {
        room: 1,
        seq: 2,
        at: 3,
        kind: 1,
        of: None,
        source: b"a!u@h",
        account: Some(b"a"),
        bot: false,
        target: b"#lobby",
    };

    /// Released: what is here must come out for ever, or no history verifies any more.
    #[test]
    fn digest_and_link_are_as_ever() {
        let digest = CONTENT.digest();
        assert_eq!(secret::hex(&digest), "b09934603dd63d937d88e6ce4a39406bf76b89b1c3e10a1f414399206521288b");
        assert_eq!(
            FRAME.link(&Link::START, &digest).to_string(),
            "be28fe0db286932a15a4620c2140723b9bd43c263269d8fb3bee62cc558de07a"
        );
    }

    #[test]
    fn every_part_counts_and_none_runs_into_the_next() {
        let contents = [
            CONTENT,
            Content { salt: &[8; SALT_BYTES], ..CONTENT },
            Content { version: 2, ..CONTENT },
            Content { body: b"hell", ..CONTENT },
            Content { tags: Some(b""), ..CONTENT },
            Content { tags: Some(b"{}"), detail: None, ..CONTENT },
            Content { detail: None, ..CONTENT },
        ];
        let frames = [
            FRAME,
            Frame { room: 2, ..FRAME },
            Frame { seq: 3, ..FRAME },
            Frame { at: 4, ..FRAME },
            Frame { kind: 2, ..FRAME },
            Frame { of: Some(1), ..FRAME },
            Frame { source: b"a!u@ha", account: Some(b""), ..FRAME },
            Frame { account: None, ..FRAME },
            Frame { bot: true, ..FRAME },
            Frame { target: b"#lobb", ..FRAME },
        ];
        let mut seen = Vec::new();
        for content in &contents {
            for frame in &frames {
                for previous in [Link::START, Link([1; 32])] {
                    let link = frame.link(&previous, &content.digest());
                    assert!(!seen.contains(&link), "{content:?} {frame:?}");
                    seen.push(link);
                }
            }
        }
    }

    #[test]
    fn a_link_is_read_as_it_is_shown() {
        let link = FRAME.link(&Link::START, &[0; 32]);
        assert_eq!(link.to_string().parse(), Ok(link));
        assert_eq!(link.to_string().to_uppercase().parse(), Ok(link));
        assert!("00".parse::<Link>().is_err() && "é".repeat(32).parse::<Link>().is_err());
    }
}
