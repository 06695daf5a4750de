//! How fast a session may send commands: a bucket of tokens. Who is too fast is read from later,
//! never cut off.

use std::time::Duration;

use tokio::time::Instant;

/// A bucket.
#[derive(Debug)]
pub struct Flood {
    burst: f64,
    per_second: f64,
    tokens: f64,
    filled_at: Instant,
}

impl Flood {
    /// A full bucket; `per_second` 0 means no limit.
    #[must_use]
    pub fn new(burst: u32, per_second: u32, now: Instant) -> Self {
        Self {
            burst: f64::from(burst),
            per_second: f64::from(per_second),
            tokens: f64::from(burst),
            filled_at: now,
        }
    }

    /// Pays for a command.
    pub fn spend(&mut self, cost: u32, now: Instant) {
        if self.per_second > 0.0 {
            self.fill(now);
            self.tokens -= f64::from(cost);
        }
    }

    /// When the next command may run; `None`: now.
    #[must_use]
    pub fn wait_until(&mut self, now: Instant) -> Option<Instant> {
        if self.per_second <= 0.0 {
            return None;
        }
        self.fill(now);
        (self.tokens < 0.0).then(|| now + Duration::from_secs_f64(-self.tokens / self.per_second))
    }

    /// Whether it is as full as a new one.
    #[must_use]
    pub fn is_full(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.tokens >= self.burst
    }

    fn fill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.filled_at).as_secs_f64();
        self.tokens = (self.tokens + elapsed * self.per_second).min(self.burst);
        self.filled_at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let start = Instant::now();
        let mut flood = Flood::new(5, 10, start);
        for _ in 0..6 {
            assert_eq!(flood.wait_until(start), None);
            flood.spend(1, start);
        }
        let until = flood.wait_until(start).unwrap();
        assert_eq!(until - start, Duration::from_millis(100));
        assert_eq!(flood.wait_until(until), None);
    }

    #[test]
    fn no_rate_means_no_limit() {
        let start = Instant::now();
        let mut flood = Flood::new(1, 0, start);
        flood.spend(1000, start);
        assert_eq!(flood.wait_until(start), None);
    }
}
