//! A connection without a socket, that can stand still, take a little at a time, or vanish.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use chat_secure::limits;
use chat_secure::protocol::LineBuffer;
use chat_secure::session::outbound::Outbound;
use chat_secure::session::transport::{Exchanged, Transport};

use crate::store_with_faults::Store;

/// More is never rendered and not written: the limit, and the largest chunk or page beyond it.
pub(crate) const OUTBOUND_MAX: usize = limits::OUTBOUND_BYTES_MAX + 3 * limits::INBOX_BYTES_MAX;

/// The session's side.
pub(crate) struct Pipe {
    far: Arc<Far>,
    store: Store,
}

/// The client's side.
#[derive(Debug, Default)]
pub(crate) struct Far(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// For the session to read.
    said: Vec<u8>,
    /// What the session wrote, with the number of commits at that moment.
    heard: Vec<(u64, Vec<u8>)>,
    /// Reads nothing.
    stands_still: bool,
    is_gone: bool,
    /// The most that ever waited to be written.
    waited_max: usize,
    session: Option<Waker>,
}

/// A connection that has just been made.
pub(crate) fn pipe(store: &Store) -> (Pipe, Arc<Far>) {
    let far = Arc::<Far>::default();
    (Pipe { far: Arc::clone(&far), store: store.clone() }, far)
}

impl Far {
    pub(crate) fn say(&self, bytes: &[u8]) {
        self.change(|state| state.said.extend_from_slice(bytes));
    }

    pub(crate) fn heard(&self) -> Vec<(u64, Vec<u8>)> {
        std::mem::take(&mut self.lock().heard)
    }

    pub(crate) fn stand_still(&self, still: bool) {
        self.change(|state| state.stands_still = still);
    }

    pub(crate) fn stands_still(&self) -> bool {
        self.lock().stands_still
    }

    /// Without a word.
    pub(crate) fn vanish(&self) {
        self.change(|state| state.is_gone = true);
    }

    pub(crate) fn waited_max(&self) -> usize {
        self.lock().waited_max
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        if let Some(session) = state.session.take() {
            session.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl Transport for Pipe {
    fn poll_exchange(
        &mut self,
        cx: &mut Context<'_>,
        inbound: Option<&mut LineBuffer>,
        outbound: &mut Outbound,
    ) -> Poll<io::Result<Exchanged>> {
        let commits = self.store.lock().disk.commits;
        let mut state = self.far.lock();
        state.waited_max = state.waited_max.max(outbound.len());
        if state.is_gone {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if !outbound.is_empty() && !state.stands_still {
            while !outbound.is_empty() {
                let piece = outbound.first().to_vec();
                outbound.advance(piece.len());
                state.heard.push((commits, piece));
            }
            return Poll::Ready(Ok(Exchanged::Written));
        }
        if let Some(inbound) = inbound
            && !state.said.is_empty()
        {
            inbound.extend(&state.said);
            state.said.clear();
            return Poll::Ready(Ok(Exchanged::Read));
        }
        state.session = Some(cx.waker().clone());
        Poll::Pending
    }

    fn poll_close(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
