//! How long to wait before the next attempt: growing pauses with jitter, capped.
//!
//! Reads no clock and draws no lots; whoever waits brings the jitter.

use std::time::Duration;

const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// The pauses of one outage.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pauses {
    attempts: u32,
}

impl Pauses {
    /// The next pause: 1 s, 2 s, 4 s … up to 60 s, of which `jitter` (0 to 255) takes up to a half
    /// away, so that the clients of a server that restarted do not come all at once.
    pub fn next(&mut self, jitter: u8) -> Duration {
        let full = PAUSE_MIN.saturating_mul(1 << self.attempts.min(6)).min(PAUSE_MAX);
        self.attempts = self.attempts.saturating_add(1);
        full - full / 2 * u32::from(jitter) / 255
    }

    /// A connection held; the next outage begins anew.
    pub fn reset(&mut self) {
        self.attempts = 0;
    }

    /// Attempts that failed in this outage.
    #[must_use]
    pub fn attempts(self) -> u32 {
        self.attempts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_minute_and_begin_anew() {
        let mut pauses = Pauses::default();
        let seconds: Vec<_> = (0..8).map(|_| pauses.next(0).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60]);
        pauses.reset();
        assert_eq!(pauses.next(0), PAUSE_MIN);
    }

    #[test]
    fn jitter_takes_at_most_a_half() {
        for jitter in 0..=255 {
            let pause = Pauses::default().next(jitter);
            assert!((PAUSE_MIN / 2..=PAUSE_MIN).contains(&pause), "{jitter}");
        }
    }
}
