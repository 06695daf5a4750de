//! From a stream of bytes to lines.
//!
//! Holds no memory while it is empty; never holds more than [`limits::ENDLESS_LINE_BYTES_MAX`]
//! and one read.

use bytes::{Buf, BytesMut};

use crate::limits;

use super::message::ParseError;

/// Bytes that were received and not yet taken as lines.
#[derive(Debug, Default)]
pub struct LineBuffer {
    bytes: BytesMut,
    /// So many bytes from the start hold no line end.
    searched: usize,
}

impl LineBuffer {
    /// Adds what was read.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes the next complete line, without its CR LF or LF.
    pub fn next_line(&mut self) -> Option<BytesMut> {
        let Some(end) = memchr::memchr(b'\n', &self.bytes[self.searched..]) else {
            self.searched = self.bytes.len();
            return None;
        };
        let mut line = self.bytes.split_to(self.searched + end);
        self.bytes.advance(1);
        self.searched = 0;
        if line.last() == Some(&b'\r') {
            line.truncate(line.len() - 1);
        }
        if self.bytes.is_empty() {
            self.bytes = BytesMut::new();
        }
        Some(line)
    }

    /// Whether a line began that is too long to go on with.
    #[must_use]
    pub fn is_endless(&self) -> bool {
        self.searched > limits::ENDLESS_LINE_BYTES_MAX
    }

    /// Bytes held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// Checks a client's line against the protocol's sizes: its tags, and the rest of it.
///
/// # Errors
/// [`ParseError::TooLong`]. Source: IRCv3 message-tags, size limits.
pub fn check_client_line(line: &[u8]) -> Result<(), ParseError> {
    let tags = if line.first() == Some(&b'@') {
        memchr::memchr(b' ', line).map_or(line.len(), |space| space + 1)
    } else {
        0
    };
    let line_end = 2;
    if tags > limits::CLIENT_TAGS_BYTES_MAX || line.len() - tags + line_end > limits::LINE_BYTES_MAX {
        return Err(ParseError::TooLong);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(pieces: &[&str]) -> Vec<String> {
        let mut buffer = LineBuffer::default();
        let mut lines = Vec::new();
        for piece in pieces {
            buffer.extend(piece.as_bytes());
            while let Some(line) = buffer.next_line() {
                lines.push(String::from_utf8(line.to_vec()).unwrap());
            }
        }
        lines
    }

    #[test]
    fn lines_come_out_however_they_came_in() {
        assert_eq!(lines_of(&["a\r\nb\nc\r\n"]), ["a", "b", "c"]);
        assert_eq!(lines_of(&["a", "b", "\r", "\n", "\nc"]), ["ab", ""]);
    }

    #[test]
    fn an_endless_line_is_noticed() {
        let mut buffer = LineBuffer::default();
        buffer.extend(&vec![b'x'; limits::ENDLESS_LINE_BYTES_MAX + 1]);
        assert!(buffer.next_line().is_none());
        assert!(buffer.is_endless());
    }

    #[test]
    fn sizes_are_checked_to_the_byte() {
        let tags = |bytes: usize| format!("@{} ", "a".repeat(bytes - 2));
        for (tag_bytes, rest, ok) in
            [(0, 510, true), (0, 511, false), (4096, 510, true), (4097, 4, false), (4096, 511, false)]
        {
            let line = if tag_bytes == 0 { String::new() } else { tags(tag_bytes) } + &"X".repeat(rest);
            assert_eq!(check_client_line(line.as_bytes()).is_ok(), ok, "{tag_bytes} {rest}");
        }
    }
}
