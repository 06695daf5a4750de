//! What is rendered and not yet written.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf as _, Bytes};

use crate::limits;

/// Below this copying lines is cheaper than sharing them.
const SHARED_BYTES_MIN: usize = 1024;

/// Bytes on their way out, all of them complete lines when they come in. Gives its memory back when it
/// runs empty.
#[derive(Debug, Default)]
pub struct Outbound {
    /// Lines shared with other sessions, and those copied between them.
    pieces: VecDeque<Bytes>,
    /// Lines copied after the last piece.
    tail: Vec<u8>,
    /// How much of the tail has gone.
    tail_written: usize,
    len: usize,
    taken: u64,
}

impl Outbound {
    /// Adds a copy of these lines.
    pub fn extend(&mut self, lines: &[u8]) {
        self.tail.extend_from_slice(lines);
        self.len += lines.len();
    }

    /// Adds lines that other sessions send as well.
    pub fn share(&mut self, lines: &Bytes) {
        if lines.len() < SHARED_BYTES_MIN {
            return self.extend(lines);
        }
        if !self.tail.is_empty() {
            let mut tail = Bytes::from(std::mem::take(&mut self.tail));
            tail.advance(std::mem::take(&mut self.tail_written));
            self.pieces.push_back(tail);
        }
        self.pieces.push_back(lines.clone());
        self.len += lines.len();
    }

    /// The first of what waits. Ends with a line.
    #[must_use]
    pub fn first(&self) -> &[u8] {
        self.pieces.front().map_or(&self.tail[self.tail_written..], |piece| piece)
    }

    /// What waits, in order, as far as there is room. Returns how many slices there are.
    pub fn slices<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let tail = &self.tail[self.tail_written..];
        let all = self.pieces.iter().map(|piece| &piece[..]).chain((!tail.is_empty()).then_some(tail));
        slices.iter_mut().zip(all).map(|(slice, bytes)| *slice = IoSlice::new(bytes)).count()
    }

    /// Notes that so many bytes are gone.
    pub fn advance(&mut self, written: usize) {
        self.taken += written as u64;
        self.len -= written;
        let mut left = written;
        while let Some(piece) = self.pieces.front_mut() {
            if left < piece.len() {
                return piece.advance(left);
            }
            left -= piece.len();
            self.pieces.pop_front();
        }
        self.tail_written += left;
        if self.len == 0 {
            *self = Self { taken: self.taken, ..Self::default() };
        } else if self.tail_written > self.tail.len() / 2 {
            self.tail.drain(..self.tail_written);
            self.tail_written = 0;
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
        self.len
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether nothing more should be rendered for now.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len >= limits::OUTBOUND_BYTES_MAX
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn waiting(outbound: &Outbound) -> Vec<u8> {
        let mut slices = [IoSlice::new(&[]); 64];
        let count = outbound.slices(&mut slices);
        slices[..count].iter().flat_map(|slice| slice.iter().copied()).collect()
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out_in_order(
            steps in prop::collection::vec((0..3, 1..3 * SHARED_BYTES_MIN), 0..50)
        ) {
            let (mut outbound, mut expected, mut taken) = (Outbound::default(), Vec::new(), 0);
            for (number, (step, len)) in steps.into_iter().enumerate() {
                let lines = vec![u8::try_from(number).unwrap(); len];
                match step {
                    0 => outbound.extend(&lines),
                    1 => outbound.share(&Bytes::from(lines.clone())),
                    _ => {
                        let gone = len.min(expected.len());
                        outbound.advance(gone);
                        expected.drain(..gone);
                        taken += gone as u64;
                    }
                }
                if step < 2 {
                    expected.extend(lines);
                }
                prop_assert_eq!(&waiting(&outbound), &expected);
                prop_assert!(expected.starts_with(outbound.first()));
                prop_assert_eq!(outbound.first().is_empty(), expected.is_empty());
                prop_assert_eq!((outbound.len(), outbound.taken()), (expected.len(), taken));
            }
        }
    }

    #[test]
    fn nothing_is_held_when_it_is_empty() {
        let mut outbound = Outbound::default();
        outbound.extend(b"one\r\n");
        outbound.share(&Bytes::from(vec![b'x'; SHARED_BYTES_MIN]));
        outbound.extend(b"two\r\n");
        outbound.advance(outbound.len());
        assert_eq!((outbound.pieces.capacity(), outbound.tail.capacity()), (0, 0));
    }
}
