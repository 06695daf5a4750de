//! What waits for one session: the tail's deliveries, bounded, and the receipts for what it asked.
//!
//! Never makes the writer wait. When a session does not keep up, deliveries are dropped and it is
//! marked as lagging; it then reads the gap from the store. Receipts are never dropped: a session
//! has at most [`limits::IN_FLIGHT_MAX`] of them under way.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::ids::MsgId;
use crate::limits;
use crate::room::Denied;

use super::intent::SignedIn;
use super::tail::Chunk;

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
    /// It has to end, and why.
    Close(String),
}

/// The queue of one session. One side is the writer's, the other the session's.
#[derive(Debug, Default)]
pub struct Inbox {
    queue: Mutex<Queue>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Delivery>,
    /// Items in the chunks that wait.
    items: usize,
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
            if queue.lagging || queue.items + chunk.items.len() > limits::INBOX_LEN_MAX.max(chunk.items.len())
            {
                queue.lagging = true;
                drop(queue);
                self.arrived.notify_one();
                return;
            }
            queue.items += chunk.items.len();
        }
        queue.waiting.push_back(delivery);
        drop(queue);
        self.arrived.notify_one();
    }

    /// Takes all that waits, and begins anew if the session lagged.
    #[must_use]
    pub fn drain(&self) -> Drained {
        let mut queue = self.lock();
        queue.items = 0;
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
    use crate::journal::tail::tests::chunk_of;

    #[test]
    fn who_does_not_keep_up_lags_and_keeps_the_receipts() {
        let inbox = Inbox::default();
        for _ in 0..=limits::INBOX_LEN_MAX {
            inbox.push(Delivery::Chunk(chunk_of(1)));
        }
        inbox.push(Delivery::Done(7));
        let drained = inbox.drain();
        assert!(drained.lagging);
        assert_eq!(drained.deliveries.len(), limits::INBOX_LEN_MAX + 1);
        assert!(matches!(drained.deliveries.back(), Some(Delivery::Done(7))));
        inbox.push(Delivery::Chunk(chunk_of(1)));
        assert!(!inbox.drain().lagging);
    }

    #[test]
    fn one_large_chunk_is_not_a_lag() {
        let inbox = Inbox::default();
        inbox.push(Delivery::Chunk(chunk_of(limits::INBOX_LEN_MAX + 1)));
        assert!(!inbox.drain().lagging);
    }
}
