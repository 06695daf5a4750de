//! Who hears whom, and what each has still to be told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;

use bytes::Bytes;
use futures_util::task::AtomicWaker;

/// A member that lags by more is dropped.
const PENDING_BYTES_MAX: usize = 8 * 1024 * 1024;

/// All rooms by name.
#[derive(Default)]
pub(super) struct Rooms(Mutex<HashMap<Vec<u8>, Arc<Room>>>);

/// Those who hear each other.
#[derive(Default)]
pub(super) struct Room(Mutex<Vec<Arc<Seat>>>);

/// One connection, as the others see it.
#[derive(Default)]
pub(super) struct Seat {
    pending: Mutex<Pending>,
    waker: AtomicWaker,
}

/// What a connection has to be told.
#[derive(Default)]
struct Pending {
    blocks: Vec<Bytes>,
    bytes: usize,
    has_overflowed: bool,
}

impl Rooms {
    /// The room with this name, which is there from now on.
    pub(super) fn room(&self, name: &[u8]) -> Arc<Room> {
        Arc::clone(lock(&self.0).entry(name.to_vec()).or_default())
    }
}

impl Room {
    pub(super) fn enter(&self, seat: &Arc<Seat>) {
        lock(&self.0).push(Arc::clone(seat));
    }

    pub(super) fn leave(&self, seat: &Arc<Seat>) {
        lock(&self.0).retain(|other| !Arc::ptr_eq(other, seat));
    }

    /// Tells all, except one.
    pub(super) fn tell(&self, lines: &Bytes, except: Option<&Arc<Seat>>) {
        for seat in &*lock(&self.0) {
            if !except.is_some_and(|except| Arc::ptr_eq(except, seat)) {
                seat.tell(lines.clone());
            }
        }
    }
}

impl Seat {
    pub(super) fn tell(&self, lines: Bytes) {
        let mut pending = lock(&self.pending);
        pending.bytes += lines.len();
        pending.has_overflowed |= pending.bytes > PENDING_BYTES_MAX;
        if !pending.has_overflowed {
            pending.blocks.push(lines);
        }
        drop(pending);
        self.waker.wake();
    }

    /// Wakes this task when there is something to tell.
    pub(super) fn wake(&self, cx: &Context<'_>) {
        self.waker.register(cx.waker());
    }

    /// Takes all that is to be told; none of a member that lagged too far.
    pub(super) fn take(&self) -> Option<Vec<Bytes>> {
        let mut pending = lock(&self.pending);
        pending.bytes = 0;
        let blocks = std::mem::take(&mut pending.blocks);
        (!pending.has_overflowed).then_some(blocks)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
