//! The lines of one conversation, packed: what was said, in the order of its time.
//!
//! Texts lie end to end in blocks, a line is a few numbers beside them. Finding a line by its time,
//! and walking from it, costs nothing that grows with the history. Knows no screen.

mod line;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};

use crate::clock::Timestamp;

pub use line::{Extra, Key, Line, Marks, New, Place, Reply, Sort, Stage};

/// Lines of a block; a full one is cut in two.
const BLOCK_LINES_MAX: usize = 512;

#[derive(Clone, Copy, Debug)]
struct Packed {
    at: Timestamp,
    number: u32,
    nick: u32,
    start: u32,
    text_len: u32,
    msgid_len: u16,
    sort: Sort,
    marks: Marks,
}

#[derive(Debug, Default)]
struct Block {
    texts: String,
    lines: Vec<Packed>,
}

/// All lines that are here.
#[derive(Debug, Default)]
pub struct Scrollback {
    blocks: VecDeque<Block>,
    len: usize,
    next: u32,
    nicks: Vec<Box<str>>,
    nick_numbers: HashMap<Box<str>, u32>,
    extras: HashMap<u32, Extra>,
}

impl Scrollback {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a line behind all that are not later.
    pub fn push(&mut self, new: &New<'_>) -> Key {
        let place = self.behind(new.at);
        self.insert(place, new)
    }

    /// Adds lines before all others, in their order.
    pub fn prepend(&mut self, lines: &[New<'_>]) {
        let mut rest = lines;
        while !rest.is_empty() {
            let (before, chunk) = rest.split_at(rest.len().saturating_sub(BLOCK_LINES_MAX / 2));
            let mut block = Block::default();
            for new in chunk {
                let packed = self.pack(&mut block, new);
                block.lines.push(packed);
            }
            self.len += chunk.len();
            self.blocks.push_front(block);
            rest = before;
        }
    }

    /// Forgets the oldest lines, about `BLOCK_LINES_MAX` of them.
    pub fn forget_oldest(&mut self) {
        if let Some(block) = self.blocks.pop_front() {
            self.len -= block.lines.len();
            for line in block.lines {
                self.extras.remove(&line.number);
            }
        }
    }

    /// The line there.
    #[must_use]
    pub fn line(&self, place: Place) -> Option<Line<'_>> {
        let block = self.blocks.get(place.block)?;
        let packed = block.lines.get(place.line)?;
        let start = packed.start as usize;
        let end = start + packed.text_len as usize;
        let msgid_end = end + usize::from(packed.msgid_len);
        Some(Line {
            key: Key { at: packed.at, number: packed.number },
            nick: self.nicks.get(packed.nick as usize).map_or("", |nick| nick),
            text: block.texts.get(start..end).unwrap_or_default(),
            msgid: block.texts.get(end..msgid_end).unwrap_or_default(),
            sort: packed.sort,
            marks: packed.marks,
        })
    }

    /// What few lines have, this one too if it is there.
    #[must_use]
    pub fn extra(&self, key: Key) -> Option<&Extra> {
        self.extras.get(&key.number)
    }

    /// The same, made if it is not there.
    pub fn extra_mut(&mut self, key: Key) -> &mut Extra {
        self.extras.entry(key.number).or_default()
    }

    /// Gives the answers to a message another beginning of it.
    pub fn change_replies(&mut self, msgid: &str, text: &str) {
        let replies = self.extras.values_mut().filter_map(|extra| extra.reply.as_mut());
        replies.filter(|reply| reply.msgid == msgid).for_each(|reply| text.clone_into(&mut reply.text));
    }

    /// Where the first line is.
    #[must_use]
    pub fn first(&self) -> Option<Place> {
        (self.len > 0).then_some(Place { block: 0, line: 0 })
    }

    /// Where the last line is.
    #[must_use]
    pub fn last(&self) -> Option<Place> {
        let block = self.blocks.len().checked_sub(1)?;
        Some(Place { block, line: self.blocks[block].lines.len() - 1 })
    }

    /// The line before.
    #[must_use]
    pub fn before(&self, place: Place) -> Option<Place> {
        match place.line.checked_sub(1) {
            Some(line) => Some(Place { line, ..place }),
            None => {
                let block = place.block.checked_sub(1)?;
                Some(Place { block, line: self.blocks.get(block)?.lines.len() - 1 })
            }
        }
    }

    /// The line behind.
    #[must_use]
    pub fn after(&self, place: Place) -> Option<Place> {
        if place.line + 1 < self.blocks.get(place.block)?.lines.len() {
            return Some(Place { line: place.line + 1, ..place });
        }
        (place.block + 1 < self.blocks.len()).then_some(Place { block: place.block + 1, line: 0 })
    }

    /// Where the line with this key is.
    #[must_use]
    pub fn find(&self, key: Key) -> Option<Place> {
        let mut place = self.at_or_after(key.at)?;
        loop {
            let packed = self.blocks[place.block].lines[place.line];
            if packed.at != key.at {
                return None;
            }
            if packed.number == key.number {
                return Some(place);
            }
            place = self.after(place)?;
        }
    }

    /// The first line of this time or later.
    #[must_use]
    pub fn at_or_after(&self, at: Timestamp) -> Option<Place> {
        let block = self.blocks.partition_point(|block| block.lines.last().is_some_and(|l| l.at < at));
        let line = self.blocks.get(block)?.lines.partition_point(|line| line.at < at);
        Some(Place { block, line })
    }

    /// The line of the message with this name; looks from the newest to the oldest.
    #[must_use]
    pub fn find_message(&self, msgid: &str) -> Option<Place> {
        if msgid.is_empty() {
            return None;
        }
        for (number, block) in self.blocks.iter().enumerate().rev() {
            let has = |packed: &Packed| {
                let end = packed.start as usize + packed.text_len as usize;
                usize::from(packed.msgid_len) == msgid.len()
                    && block.texts.as_bytes().get(end..end + msgid.len()) == Some(msgid.as_bytes())
            };
            if let Some(line) = block.lines.iter().rposition(has) {
                return Some(Place { block: number, line });
            }
        }
        None
    }

    /// Whether a message of this name and time is there.
    #[must_use]
    pub fn has_message(&self, msgid: &str, at: Timestamp) -> bool {
        let mut place = self.at_or_after(at);
        while let Some(line) = place.and_then(|place| self.line(place)).filter(|line| line.key.at == at) {
            if line.msgid == msgid && !msgid.is_empty() {
                return true;
            }
            place = place.and_then(|place| self.after(place));
        }
        false
    }

    /// Gives a line another text and other marks.
    pub fn change(&mut self, place: Place, text: Option<&str>, marks: Marks) {
        let Some(msgid) = self.line(place).map(|line| line.msgid.to_owned()) else {
            return;
        };
        let Some(block) = self.blocks.get_mut(place.block) else { return };
        let Some(packed) = block.lines.get_mut(place.line) else { return };
        packed.marks = marks;
        if let Some(text) = text {
            // The old text stays where it is until the block goes: edits are few.
            packed.start = small(block.texts.len());
            packed.text_len = small(text.len());
            block.texts.push_str(text);
            block.texts.push_str(&msgid);
        }
    }

    /// Takes a line away.
    pub fn remove(&mut self, place: Place) {
        let Some(block) = self.blocks.get_mut(place.block) else { return };
        if place.line < block.lines.len() {
            let packed = block.lines.remove(place.line);
            self.extras.remove(&packed.number);
            self.len -= 1;
            if block.lines.is_empty() {
                self.blocks.remove(place.block);
            }
        }
    }

    /// The place behind all lines that are not later.
    fn behind(&self, at: Timestamp) -> Place {
        let Some(last) = self.blocks.len().checked_sub(1) else {
            return Place { block: 0, line: 0 };
        };
        let block = self.blocks.partition_point(|block| block.lines.first().is_some_and(|l| l.at <= at));
        let block = block.saturating_sub(1).min(last);
        Place { block, line: self.blocks[block].lines.partition_point(|line| line.at <= at) }
    }

    fn insert(&mut self, mut place: Place, new: &New<'_>) -> Key {
        if self.blocks.is_empty() {
            self.blocks.push_back(Block::default());
        }
        if self.blocks[place.block].lines.len() >= BLOCK_LINES_MAX {
            place = self.make_room(place);
        }
        let mut block = std::mem::take(&mut self.blocks[place.block]);
        let packed = self.pack(&mut block, new);
        block.lines.insert(place.line, packed);
        self.blocks[place.block] = block;
        self.len += 1;
        Key { at: packed.at, number: packed.number }
    }

    /// Behind the last line a new block begins; elsewhere the full block is cut in two.
    fn make_room(&mut self, place: Place) -> Place {
        let is_end =
            place.block + 1 == self.blocks.len() && place.line == self.blocks[place.block].lines.len();
        if is_end {
            self.blocks[place.block].texts.shrink_to_fit();
            self.blocks.push_back(Block::default());
            return Place { block: place.block + 1, line: 0 };
        }
        let whole = std::mem::take(&mut self.blocks[place.block]);
        let middle = whole.lines.len() / 2;
        self.blocks[place.block] = whole.part(0, middle);
        self.blocks.insert(place.block + 1, whole.part(middle, whole.lines.len()));
        if place.line <= middle { place } else { Place { block: place.block + 1, line: place.line - middle } }
    }

    fn pack(&mut self, block: &mut Block, new: &New<'_>) -> Packed {
        let start = small(block.texts.len());
        block.texts.push_str(new.text);
        let msgid_len = u16::try_from(new.msgid.len()).unwrap_or(0);
        if msgid_len > 0 {
            block.texts.push_str(new.msgid);
        }
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        Packed {
            at: new.at,
            number,
            nick: self.nick_number(new.nick),
            start,
            text_len: small(new.text.len()),
            msgid_len,
            sort: new.sort,
            marks: new.marks,
        }
    }

    fn nick_number(&mut self, nick: &str) -> u32 {
        if let Some(number) = self.nick_numbers.get(nick) {
            return *number;
        }
        let number = small(self.nicks.len());
        self.nicks.push(nick.into());
        self.nick_numbers.insert(nick.into(), number);
        number
    }
}

impl Block {
    /// These lines, with their texts.
    fn part(&self, from: usize, to: usize) -> Self {
        let mut part = Self::default();
        for line in &self.lines[from..to] {
            let start = line.start as usize;
            let end = start + line.text_len as usize + usize::from(line.msgid_len);
            let moved = Packed { start: small(part.texts.len()), ..*line };
            part.texts.push_str(self.texts.get(start..end).unwrap_or_default());
            part.lines.push(moved);
        }
        part
    }
}

/// A block holds far fewer bytes than this can count: lines are bounded by the protocol.
fn small(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
