//! Whether the server is still there: silence is broken by a PING, and ended by giving up.
//!
//! Reads no clock.

use std::time::{Duration, Instant};

/// Silence after which the server is pinged.
pub const SILENCE_MAX: Duration = Duration::from_secs(60);
/// Time a pinged server has to say anything.
pub const ANSWER_MAX: Duration = Duration::from_secs(30);

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// Nothing before this moment.
    Wait(Instant),
    /// Send a PING now.
    Ping,
    /// Nobody is there.
    Gone,
}

/// The pulse of one connection.
#[derive(Clone, Copy, Debug)]
pub struct Heartbeat {
    heard: Instant,
    pinged: Option<Instant>,
}

impl Heartbeat {
    /// Begins with a connection.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self { heard: now, pinged: None }
    }

    /// Something arrived.
    pub fn heard(&mut self, now: Instant) {
        *self = Self::new(now);
    }

    /// What is due. [`Beat::Ping`] is said once.
    pub fn beat(&mut self, now: Instant) -> Beat {
        if let Some(pinged) = self.pinged {
            let end = pinged + ANSWER_MAX;
            return if now >= end { Beat::Gone } else { Beat::Wait(end) };
        }
        let due = self.heard + SILENCE_MAX;
        if now < due {
            return Beat::Wait(due);
        }
        self.pinged = Some(now);
        Beat::Ping
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_pinged_once_and_then_given_up() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut heartbeat = Heartbeat::new(start);
        assert_eq!(heartbeat.beat(at(59)), Beat::Wait(at(60)));
        assert_eq!(heartbeat.beat(at(60)), Beat::Ping);
        assert_eq!(heartbeat.beat(at(61)), Beat::Wait(at(90)));
        assert_eq!(heartbeat.beat(at(90)), Beat::Gone);
        heartbeat.heard(at(90));
        assert_eq!(heartbeat.beat(at(91)), Beat::Wait(at(150)));
    }
}
