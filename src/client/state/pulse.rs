//! What happens by itself: PING and PONG, what has run out, what may be sent now.
//!
//! Reads no clock: the driver brings the time.

use std::time::Duration;

use crate::client::event::Event;
use crate::clock::Timestamp;
use crate::protocol::{Line, Message};

use super::{Arrival, State};

/// How often the lag is measured.
const LAG_EVERY_MS: i64 = 30_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Settling {
    No,
    Wanted,
    /// A PING is under way behind everything else.
    Asked,
}

/// The PING that settles; others are the heartbeat's, measure the lag or confirm a message.
const SETTLE_TOKEN: &str = "settle";
/// In front of the moment at which the lag was asked for.
const LAG_TOKEN: &str = "lag-";

impl State {
    /// From time to time: what need not be said at once, and what has run out.
    pub fn tick(&mut self, now: Timestamp) {
        self.now = now;
        if !self.link.online {
            return;
        }
        self.mark_read();
        self.forget_silent_writers();
        let due = self.link.lag_asked.is_none_or(|asked| now.0 - asked.0 >= LAG_EVERY_MS);
        if self.profile.watches && due {
            self.link.lag_asked = Some(now);
            self.lines.push_back(Line::new("PING").param(format!("{LAG_TOKEN}{}", now.0)));
        }
    }

    /// Says PING, because the server has been silent.
    pub fn ping(&mut self) {
        self.lines.push_back(Line::new("PING").param("heartbeat"));
    }

    pub(super) fn pong(&mut self, message: &Message<'_>, arrival: &Arrival) {
        let token = message.params().last().copied().unwrap_or_default();
        if let Some(asked) = token.strip_prefix(LAG_TOKEN).and_then(|at| at.parse::<i64>().ok()) {
            let ms = u64::try_from(self.now.0.saturating_sub(asked)).unwrap_or_default();
            self.events.push_back(Event::Lag(Duration::from_millis(ms)));
        } else if token != SETTLE_TOKEN {
            self.confirm_by_pong(token, arrival);
        } else if self.settling == Settling::Asked {
            self.settling = Settling::Wanted;
            if self.is_quiet() {
                self.settling = Settling::No;
                self.events.push_back(Event::Settled);
            }
        }
    }

    /// After everything: sends what may be sent now.
    pub(super) fn advance(&mut self) {
        if !self.link.online {
            return;
        }
        self.send_pending();
        if self.settling == Settling::Wanted && self.is_quiet() {
            self.settling = Settling::Asked;
            self.lines.push_back(Line::new("PING").param(SETTLE_TOKEN));
        }
        self.leave_when_quiet();
    }

    fn is_quiet(&self) -> bool {
        let entered = self.conversations.values().all(|room| !room.wanted || room.joined);
        entered && self.outbox.pending.is_empty() && self.link.requests.is_empty()
    }
}
