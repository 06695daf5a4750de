//! When a sender may speak: as its window allows (closed loop), or when a message is due (open loop).
//!
//! Receivers tell it what was delivered; it must not hold them up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::task::AtomicWaker;

/// How fast is spoken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pace {
    /// Each sender has so many messages under way at most.
    Window(u32),
    /// All senders together speak so often a second, whatever comes of it.
    Rate(f64),
}

/// Time as marks carry it: microseconds since a beginning that all tasks share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// Wraps after 71 minutes.
    pub(crate) fn now_us(self) -> u32 {
        (self.0.elapsed().as_micros() & u128::from(u32::MAX)) as u32
    }
}

/// One sender's permission.
pub(crate) struct Gate {
    pace: Pace,
    /// Its place among the senders, and how many there are.
    place: u32,
    senders: u32,
    /// Messages after which it ends by itself.
    messages_max: u32,
    is_open: AtomicBool,
    is_closed: AtomicBool,
    has_ended: AtomicBool,
    /// When it was opened, in µs of the clock.
    opened_us: AtomicU32,
    /// Those who hear each message.
    receivers: AtomicU64,
    /// Messages that are due so far, where a rate is kept.
    due: AtomicU32,
    sent: AtomicU32,
    delivered: AtomicU64,
    /// Deliveries at which the sender may go on.
    wake_at: AtomicU64,
    waker: AtomicWaker,
}

impl Gate {
    pub(crate) fn new(pace: Pace, place: usize, senders: usize, messages_max: u32) -> Self {
        Self {
            pace,
            place: place as u32,
            senders: senders as u32,
            messages_max,
            is_open: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
            has_ended: AtomicBool::new(false),
            opened_us: AtomicU32::new(0),
            receivers: AtomicU64::new(0),
            due: AtomicU32::new(0),
            sent: AtomicU32::new(0),
            delivered: AtomicU64::new(0),
            wake_at: AtomicU64::new(u64::MAX),
            waker: AtomicWaker::new(),
        }
    }

    /// Begins; each message will be heard by that many.
    pub(crate) fn open(&self, clock: Clock, receivers: usize) {
        self.opened_us.store(clock.now_us(), Ordering::Relaxed);
        self.receivers.store(receivers as u64, Ordering::Relaxed);
        self.is_open.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Ends: what is under way still arrives.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Whether it sends no more.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Acquire)
    }

    pub(crate) fn sent(&self) -> u32 {
        self.sent.load(Ordering::Acquire)
    }

    pub(crate) fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    pub(crate) fn has_all_delivered(&self) -> bool {
        self.has_ended()
            && self.delivered() >= u64::from(self.sent()) * self.receivers.load(Ordering::Relaxed)
    }

    /// A receiver heard so many more.
    pub(crate) fn deliver(&self, messages: u32) {
        let before = self.delivered.fetch_add(u64::from(messages), Ordering::AcqRel);
        if before + u64::from(messages) >= self.wake_at.load(Ordering::Acquire) {
            self.waker.wake();
        }
    }

    /// Waits until messages may be sent: the number of the first one, and how many.
    pub(crate) fn poll_turn(&self, cx: &mut Context<'_>) -> Poll<(u32, u32)> {
        self.waker.register(cx.waker());
        if !self.is_open.load(Ordering::Acquire) || self.has_ended() {
            return Poll::Pending;
        }
        let sent = self.sent.load(Ordering::Relaxed);
        if sent >= self.messages_max || self.is_closed.load(Ordering::Acquire) {
            self.has_ended.store(true, Ordering::Release);
            return Poll::Pending;
        }
        let may = self.allowed(sent).min(self.messages_max) - sent.min(self.messages_max);
        if may == 0 {
            return Poll::Pending;
        }
        self.sent.store(sent + may, Ordering::Release);
        Poll::Ready((sent, may))
    }

    /// Messages that may have been sent by now.
    fn allowed(&self, sent: u32) -> u32 {
        let Pace::Window(window) = self.pace else { return self.due.load(Ordering::Acquire).max(sent) };
        let receivers = self.receivers.load(Ordering::Relaxed).max(1);
        let room = u64::from(window) * receivers;
        let next = (u64::from(sent) + 1) * receivers;
        // Before the look at what was delivered, so that a delivery after it wakes the sender.
        self.wake_at.store(next.saturating_sub(room), Ordering::SeqCst);
        let allowed = (self.delivered.load(Ordering::SeqCst) + room) / receivers;
        u32::try_from(allowed).unwrap_or(u32::MAX).max(sent)
    }

    /// When this message should be sent, in µs of the clock.
    pub(crate) fn due_us(&self, seq: u32, clock: Clock) -> u32 {
        match self.pace {
            Pace::Window(_) => clock.now_us(),
            Pace::Rate(rate) => {
                let turn = f64::from(seq) * f64::from(self.senders) + f64::from(self.place);
                self.opened_us.load(Ordering::Relaxed).wrapping_add((turn / rate * 1e6) as u32)
            }
        }
    }
}

/// Lets the senders speak in turn, so many times a second, until `turns` are over or it is told to stop.
///
/// A thread of its own, because timers of the runtime are a millisecond coarse.
pub(crate) fn beat(gates: Vec<Arc<Gate>>, rate: f64, turns: u64, stop: Arc<AtomicBool>) {
    let body = move || {
        let start = Instant::now();
        for (turn, gate) in (0..turns).zip(gates.iter().cycle()) {
            let due = start + Duration::from_secs_f64(turn as f64 / rate);
            let wait = due.saturating_duration_since(Instant::now());
            if !wait.is_zero() {
                std::thread::sleep(wait);
            }
            if stop.load(Ordering::Relaxed) {
                return;
            }
            gate.due.fetch_add(1, Ordering::AcqRel);
            gate.waker.wake();
        }
    };
    drop(std::thread::spawn(body));
}
