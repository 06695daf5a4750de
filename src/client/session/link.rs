//! The socket's side of one connection: bytes to lines and back, and how long to be patient.
//!
//! Decides nothing about what the lines say.

use std::time::{Duration, Instant};

use tokio::io::{AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::time::{Interval, interval};
use tokio_rustls::client::TlsStream;

use crate::client::heartbeat::{ANSWER_MAX, Beat, Heartbeat};
use crate::client::state::State;
use crate::clock::Clock;
use crate::protocol::LineBuffer;

/// Bytes that may wait to be written; beyond, no action is taken.
const OUTGOING_BYTES_MAX: usize = 64 * 1024;
const READ_BYTES: usize = 16 * 1024;
/// Time from the handshake to the welcome.
const WELCOME_TIMEOUT: Duration = Duration::from_secs(60);
/// Time for what is under way when the user quits, and for the server's last words.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_secs(2);

/// Writes some of it, or what TLS still holds; safe to give up half-way.
pub(super) async fn send(
    writer: &mut WriteHalf<TlsStream<TcpStream>>,
    outgoing: &[u8],
) -> std::io::Result<usize> {
    if outgoing.is_empty() { writer.flush().await.map(|()| 0) } else { writer.write(outgoing).await }
}

/// The socket's side of one connection.
pub(super) struct Link {
    pub(super) reader: ReadHalf<TlsStream<TcpStream>>,
    pub(super) writer: WriteHalf<TlsStream<TcpStream>>,
    buffer: LineBuffer,
    pub(super) inbox: Vec<u8>,
    pub(super) outgoing: Vec<u8>,
    flushed: bool,
    /// Writing failed; what the server said last may still be read.
    write_failed: bool,
    heartbeat: Heartbeat,
    welcome_by: Instant,
    /// When patience with a connection that is to end ends.
    goodbye_by: Option<Instant>,
    pub(super) tick: Interval,
}

impl Link {
    pub(super) fn new(stream: TlsStream<TcpStream>) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        let now = Instant::now();
        Self {
            reader,
            writer,
            buffer: LineBuffer::default(),
            inbox: vec![0; READ_BYTES],
            outgoing: Vec::new(),
            flushed: true,
            write_failed: false,
            heartbeat: Heartbeat::new(now),
            welcome_by: now + WELCOME_TIMEOUT,
            goodbye_by: None,
            tick: interval(TICK),
        }
    }

    pub(super) fn take_lines(&mut self, state: &mut State) {
        while let Some(line) = state.take_line() {
            line.write_to(&mut self.outgoing);
        }
        if self.write_failed {
            self.outgoing.clear();
        }
    }

    /// When to look again, if nothing happens; or why it is over.
    pub(super) fn deadline(&mut self, state: &mut State) -> Result<Instant, String> {
        let now = Instant::now();
        if state.is_quitting() || self.write_failed {
            let goodbye_by = *self.goodbye_by.get_or_insert(now + GOODBYE_TIMEOUT);
            return if now < goodbye_by { Ok(goodbye_by) } else { Err("the connection broke".into()) };
        }
        if !state.is_online() && now >= self.welcome_by {
            return Err("the server did not finish the sign-in in time".into());
        }
        let until = match self.heartbeat.beat(now) {
            Beat::Wait(until) => until,
            Beat::Gone => return Err("the server does not answer any more".into()),
            Beat::Ping => {
                state.ping();
                self.take_lines(state);
                now + ANSWER_MAX
            }
        };
        Ok(if state.is_online() { until } else { until.min(self.welcome_by) })
    }

    pub(super) fn received(&mut self, len: usize, state: &mut State, clock: &Clock) {
        self.heartbeat.heard(Instant::now());
        self.buffer.extend(&self.inbox[..len]);
        while let Some(line) = self.buffer.next_line() {
            state.receive(&line, clock.now());
        }
        if self.buffer.is_endless() {
            self.write_failed = true;
        }
    }

    /// So many bytes are written, 0 stands for a flush; `None`: writing failed.
    pub(super) fn wrote(&mut self, len: Option<usize>) {
        match len {
            Some(len) => {
                self.outgoing.drain(..len);
                self.flushed = len == 0;
            }
            None => self.write_failed = true,
        }
    }

    pub(super) fn has_outgoing(&self) -> bool {
        !(self.outgoing.is_empty() && self.flushed || self.write_failed)
    }

    pub(super) fn has_room(&self) -> bool {
        self.outgoing.len() < OUTGOING_BYTES_MAX
    }
}
