//! What waits for one session: the tail's deliveries, bounded, and the receipts for what it asked.
//!
//! Never makes the writer wait. When a session does not keep up, deliveries are dropped and it is
//! marked as lagging; it then reads the gap from the store. Receipts are never dropped: a session
//! has at most [`limits::IN_FLIGHT_MAX`] of them under way.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::Notify;

use crate::ids::MsgId;
use crate::limits;
use crate::room::Denied;

use super::chunk::Chunk;
use super::intent::SignedIn;

/// Something for one session.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// What happened, shared with everybody who sees it.
    Chunk(Arc<Chunk>),
    /// How its own message fared, with its id if it is kept; stands before the chunk that shows it.
    Receipt(u64, Result<Option<MsgId>, Denied>),
    /// All its commands up to this one are done, and everybody concerned has their chunk.
    Done(u64),
    /// It belongs to an account now; what stands before was the guest's.
    SignedIn(Box<SignedIn>),
    /// The operator wants something else: the policy is to be looked at.
    Policy,
    /// It has to end, and why.
    Close(String),
}

/// The queue of one session. One side is the writer's, the other the session's.
#[derive(Debug, Default)]
pub struct Inbox {
    queue: Mutex<Queue>,
    arrived: Notify,
    stop: OnceLock<String>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Delivery>,
    /// Bytes of the chunks that wait.
    bytes: usize,
    lagging: bool,
}

/// What a session took out at once.
#[derive(Debug, Default)]
pub struct Drained {
    /// In order; after a gap only receipts and the like.
    pub deliveries: VecDeque<Delivery>,
    /// Whether chunks were dropped behind these. Those that come later are complete again.
    pub lagging: bool,
}

impl Inbox {
    /// Leaves something for the session.
    pub fn push(&self, delivery: Delivery) {
        let mut queue = self.lock();
        if let Delivery::Chunk(chunk) = &delivery {
            if queue.lagging {
                // It was told so.
                return;
            }
            // One large chunk is not a lag.
            if queue.bytes > 0 && queue.bytes + chunk.bytes() > limits::INBOX_BYTES_MAX {
                queue.lagging = true;
                drop(queue);
                self.arrived.notify_one();
                return;
            }
            queue.bytes += chunk.bytes();
        }
        queue.waiting.push_back(delivery);
        drop(queue);
        self.arrived.notify_one();
    }

    /// Ends the session, however much waits before.
    pub fn stop(&self, reason: &str) {
        self.stop.get_or_init(|| reason.to_owned());
        self.arrived.notify_one();
    }

    /// Why the session has to end, if it has to.
    #[must_use]
    pub fn stopped(&self) -> Option<&str> {
        self.stop.get().map(String::as_str)
    }

    /// Takes all that waits, and begins anew if the session lagged.
    #[must_use]
    pub fn drain(&self) -> Drained {
        let mut queue = self.lock();
        queue.bytes = 0;
        let lagging = std::mem::take(&mut queue.lagging);
        Drained { deliveries: std::mem::take(&mut queue.waiting), lagging }
    }

    /// Waits until there is something to take. Can be dropped without losing anything.
    pub async fn arrived(&self) {
        self.arrived.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::chunk::tests::chunk_of;

    #[test]
    fn who_does_not_keep_up_lags_and_keeps_the_receipts() {
        let inbox = Inbox::default();
        let fit = limits::INBOX_BYTES_MAX / chunk_of(1).bytes();
        for _ in 0..=fit {
            inbox.push(Delivery::Chunk(chunk_of(1)));
        }
        inbox.push(Delivery::Done(7));
        let drained = inbox.drain();
        assert!(drained.lagging);
        assert_eq!(drained.deliveries.len(), fit + 1);
        assert!(matches!(drained.deliveries.back(), Some(Delivery::Done(7))));
        inbox.push(Delivery::Chunk(chunk_of(1)));
        assert!(!inbox.drain().lagging);
    }

    #[test]
    fn one_large_chunk_is_not_a_lag() {
        let inbox = Inbox::default();
        inbox.push(Delivery::Chunk(chunk_of(limits::INBOX_BYTES_MAX)));
        assert!(!inbox.drain().lagging);
    }
}
