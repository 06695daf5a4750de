//! What one receiver heard of each sender: each message once and in order, or else what was wrong.
//!
//! It must not forget: a gap stays one until its message comes, which is then out of order.

use std::collections::BTreeSet;
use std::ops::{Add, AddAssign};

/// Gaps that are kept one by one; more are counted as lost without a look at what comes later.
const MISSING_MAX: usize = 100_000;

/// What went wrong between senders and receivers, in messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) reordered: u64,
    /// Messages that nobody of this room sent in this round.
    pub(crate) strange: u64,
}

impl Faults {
    pub(crate) fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl Add for Faults {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            lost: self.lost + other.lost,
            doubled: self.doubled + other.doubled,
            reordered: self.reordered + other.reordered,
            strange: self.strange + other.strange,
        }
    }
}

impl AddAssign for Faults {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// What one receiver heard of the senders with ids from `first` on.
#[derive(Debug)]
pub(crate) struct Tally {
    first: u32,
    heard: Vec<Heard>,
    strange: u64,
}

/// What was heard of one sender.
#[derive(Clone, Debug, Default)]
struct Heard {
    /// The number that comes next when all is well.
    next: u32,
    missing: BTreeSet<u32>,
    lost: u64,
    doubled: u64,
    reordered: u64,
}

impl Tally {
    /// For that many senders, whose ids begin with the first.
    pub(crate) fn new(first: u32, senders: usize) -> Self {
        Self { first, heard: vec![Heard::default(); senders], strange: 0 }
    }

    /// Counts a message; tells the sender's place among the senders if it was not heard before.
    #[inline]
    pub(crate) fn hear(&mut self, sender: u32, seq: u32) -> Option<usize> {
        let place = sender.wrapping_sub(self.first) as usize;
        let Some(heard) = self.heard.get_mut(place) else {
            self.strange += 1;
            return None;
        };
        if seq == heard.next {
            heard.next += 1;
            return Some(place);
        }
        heard.out_of_turn(seq).then_some(place)
    }

    /// The faults, when each sender sent as many as this says by its place.
    pub(crate) fn faults(&self, sent: impl Fn(usize) -> u32) -> Faults {
        let mut faults = Faults { strange: self.strange, ..Faults::default() };
        for (place, heard) in self.heard.iter().enumerate() {
            let sent = sent(place);
            faults.lost += heard.lost + heard.missing.len() as u64;
            faults.lost += u64::from(sent.saturating_sub(heard.next));
            faults.strange += u64::from(heard.next.saturating_sub(sent));
            faults.doubled += heard.doubled;
            faults.reordered += heard.reordered;
        }
        faults
    }
}

impl Heard {
    /// Takes a message that is not the next one; false if it was heard before.
    #[cold]
    fn out_of_turn(&mut self, seq: u32) -> bool {
        if seq < self.next {
            let is_late = self.missing.remove(&seq);
            *(if is_late { &mut self.reordered } else { &mut self.doubled }) += 1;
            return is_late;
        }
        let gap = (seq - self.next) as usize;
        if self.missing.len() + gap <= MISSING_MAX {
            self.missing.extend(self.next..seq);
        } else {
            self.lost += gap as u64;
        }
        self.next = seq + 1;
        true
    }
}
