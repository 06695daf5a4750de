//! What is rendered and not yet written.

use crate::limits;

/// Bytes on their way out. Gives its memory back when it runs empty.
#[derive(Debug, Default)]
pub struct Outbound {
    bytes: Vec<u8>,
    written: usize,
    taken: u64,
}

impl Outbound {
    /// Adds complete lines.
    pub fn extend(&mut self, lines: &[u8]) {
        self.bytes.extend_from_slice(lines);
    }

    /// What waits.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[self.written..]
    }

    /// Notes that so many bytes are gone.
    pub fn advance(&mut self, written: usize) {
        self.written += written;
        self.taken += written as u64;
        if self.written >= self.bytes.len() {
            self.bytes = Vec::new();
            self.written = 0;
        } else if self.written > self.bytes.len() / 2 {
            self.bytes.drain(..self.written);
            self.written = 0;
        }
    }

    /// Bytes that have gone since the beginning.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Bytes that wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len() - self.written
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether nothing more should be rendered for now.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len() >= limits::OUTBOUND_BYTES_MAX
    }
}
