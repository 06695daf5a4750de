//! The mark in each message's text: who sent it, the how-manieth it is, and when it was due.
//!
//! Its place counts from the end of the line and its digits need no table, so that reading it costs
//! a few nanoseconds; it must not be parsed as IRC.

/// What each text begins with.
const BEGIN: &[u8; 4] = b"LOAD";
/// Bytes of [`BEGIN`], three numbers of eight digits, and a space.
pub(crate) const MARK_BYTES: usize = 4 + 3 * 8 + 1;
/// What texts are filled up with: words, as an index of words meets them.
const FILLING: &[u8] = b"the morning train was late again so we talked about the garden and which of the \
seeds came up first then somebody asked for the numbers of last week and nobody had them at hand \
because the report still waits for a review that was promised on monday please look at it today ";

/// Who sent a message, the how-manieth of theirs it is, and when it was due (µs, wrapping).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) sender: u32,
    pub(crate) seq: u32,
    pub(crate) due_us: u32,
}

impl Mark {
    /// Appends a text of that many bytes, at least [`MARK_BYTES`], that begins with this mark.
    pub(crate) fn write(self, text_bytes: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(BEGIN);
        for number in [self.sender, self.seq, self.due_us] {
            out.extend_from_slice(&digits(number).to_be_bytes());
        }
        out.push(b' ');
        let from = self.seq as usize % FILLING.len();
        let filling = FILLING.iter().cycle().skip(from).take(text_bytes.saturating_sub(MARK_BYTES));
        out.extend(filling);
        // A space at the end could be taken away on the way.
        if let Some(last) = out.last_mut() {
            *last = b'.';
        }
    }

    /// The mark of a line without its line end whose text has that many bytes.
    #[inline]
    pub(crate) fn read(line: &[u8], text_bytes: usize) -> Option<Self> {
        let text = line.get(line.len().checked_sub(text_bytes)?..)?;
        let (begin, rest) = text.split_first_chunk::<4>()?;
        if begin != BEGIN {
            return None;
        }
        let (sender, rest) = rest.split_first_chunk::<8>()?;
        let (seq, rest) = rest.split_first_chunk::<8>()?;
        let due = rest.first_chunk::<8>()?;
        Some(Self { sender: number(*sender), seq: number(*seq), due_us: number(*due) })
    }
}

/// Eight digits from `@` to `O`, four bits each, the highest first.
fn digits(number: u32) -> u64 {
    let mut x = u64::from(number);
    x = (x | x << 16) & 0x0000_ffff_0000_ffff;
    x = (x | x << 8) & 0x00ff_00ff_00ff_00ff;
    x = (x | x << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    x | 0x4040_4040_4040_4040
}

#[inline]
fn number(digits: [u8; 8]) -> u32 {
    let mut x = u64::from_be_bytes(digits) & 0x0f0f_0f0f_0f0f_0f0f;
    x = (x | x >> 4) & 0x00ff_00ff_00ff_00ff;
    x = (x | x >> 8) & 0x0000_ffff_0000_ffff;
    x = x | x >> 16;
    (x & 0xffff_ffff) as u32
}
