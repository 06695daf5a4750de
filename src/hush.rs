//! Hush: what strangers can cause goes into the log a few times, then only its number does, so that the log
//! is no way to fill a disk.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often something may be said in the log.
#[derive(Debug)]
pub struct Hush {
    lines_max: u32,
    window: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Since when these are counted.
    since: Option<Instant>,
    said: u32,
    unsaid: u64,
}

impl Hush {
    /// At most so many lines in so long.
    #[must_use]
    pub const fn new(lines_max: u32, window: Duration) -> Self {
        Self { lines_max, window, state: Mutex::new(State { since: None, said: 0, unsaid: 0 }) }
    }

    /// Whether this one may be said, and then how many were not since the last that was.
    pub fn lifted(&self, now: Instant) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = state.since.is_none_or(|since| now.saturating_duration_since(since) >= self.window);
        if is_over {
            state.since = Some(now);
            state.said = 0;
        }
        if state.said == self.lines_max {
            state.unsaid += 1;
            return None;
        }
        state.said += 1;
        Some(std::mem::take(&mut state.unsaid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_a_few_lines_and_a_number() {
        let (hush, start) = (Hush::new(2, Duration::from_secs(10)), Instant::now());
        assert_eq!([hush.lifted(start), hush.lifted(start)], [Some(0), Some(0)]);
        for _ in 0..1000 {
            assert_eq!(hush.lifted(start + Duration::from_secs(9)), None);
        }
        assert_eq!(hush.lifted(start + Duration::from_secs(10)), Some(1000));
        assert_eq!(hush.lifted(start + Duration::from_secs(11)), Some(0));
        assert_eq!(hush.lifted(start + Duration::from_secs(12)), None);
    }
}
