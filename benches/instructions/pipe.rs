//! A connection without a socket: the session's transport, and the far end of it.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use chat_secure::protocol::LineBuffer;
use chat_secure::session::outbound::Outbound;
use chat_secure::session::transport::{Exchanged, Transport};
use tokio::sync::Notify;

use crate::memory::Accepting;

/// What has to happen until the next messages are said.
#[derive(Debug, Default)]
pub(crate) struct Round {
    left: AtomicUsize,
    over: Notify,
}

impl Round {
    /// Begins with so many things that have to happen.
    pub(crate) fn begin(&self, left: usize) {
        self.left.store(left, Ordering::Relaxed);
    }

    /// Waits until all of them have happened.
    pub(crate) async fn end(&self) {
        self.over.notified().await;
    }

    fn happened(&self, count: usize) {
        if self.left.fetch_sub(count, Ordering::Relaxed) == count {
            self.over.notify_one();
        }
    }
}

/// The session's side.
#[derive(Debug)]
pub(crate) struct Pipe(Arc<Far>);

/// The client's side.
#[derive(Debug, Default)]
pub(crate) struct Far {
    state: Mutex<State>,
    text_came: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// For the session to read.
    said: Vec<u8>,
    /// What the session wrote, while nothing is measured.
    heard: Vec<u8>,
    /// Where written lines are counted while it is measured.
    round: Option<Arc<Round>>,
    /// The round waits until so many entries are stored and the session has nothing more to do.
    owed: Option<(Arc<Accepting>, usize)>,
    session: Option<Waker>,
}

/// A connection that has just been made.
pub(crate) fn pipe() -> (Pipe, Arc<Far>) {
    let far = Arc::<Far>::default();
    (Pipe(Arc::clone(&far)), far)
}

impl Far {
    /// Sends bytes to the session.
    pub(crate) fn say(&self, bytes: &[u8]) {
        let mut state = self.lock();
        state.said.extend_from_slice(bytes);
        if let Some(session) = state.session.take() {
            session.wake();
        }
    }

    /// Waits until the session has written this text, and forgets all it wrote.
    pub(crate) async fn hear(&self, text: &str) {
        loop {
            let came = self.text_came.notified();
            if memchr::memmem::find(&self.lock().heard, text.as_bytes()).is_some() {
                break;
            }
            came.await;
        }
        self.lock().heard.clear();
    }

    /// From now on lines are counted instead of kept.
    pub(crate) fn count(&self, round: &Arc<Round>) {
        self.lock().round = Some(Arc::clone(round));
    }

    /// Counts once when so many entries are stored and the session waits for more to read.
    pub(crate) fn owe(&self, store: &Arc<Accepting>, entries: usize) {
        self.lock().owed = Some((Arc::clone(store), entries));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Transport for Pipe {
    fn poll_exchange(
        &mut self,
        cx: &mut Context<'_>,
        inbound: Option<&mut LineBuffer>,
        outbound: &mut Outbound,
    ) -> Poll<io::Result<Exchanged>> {
        let mut state = self.0.lock();
        if !outbound.is_empty() {
            while !outbound.is_empty() {
                let lines = outbound.first();
                match &state.round {
                    Some(round) => round.happened(memchr::memchr_iter(b'\n', lines).count()),
                    None => {
                        state.heard.extend_from_slice(lines);
                        self.0.text_came.notify_one();
                    }
                }
                outbound.advance(outbound.first().len());
            }
            return Poll::Ready(Ok(Exchanged::Written));
        }
        if let Some(inbound) = inbound {
            if !state.said.is_empty() {
                inbound.extend(&state.said);
                state.said.clear();
                return Poll::Ready(Ok(Exchanged::Read));
            }
            if state
                .owed
                .as_ref()
                .is_some_and(|(store, entries)| store.entries.load(Ordering::Relaxed) >= *entries)
            {
                state.owed = None;
                state.round.as_ref().unwrap().happened(1);
            }
        }
        state.session = Some(cx.waker().clone());
        Poll::Pending
    }

    fn poll_close(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
