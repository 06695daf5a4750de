//! The receiving path of one connection: finds marks in the bytes that came, and counts.
//!
//! It builds no objects for messages; other lines are few, and parsed.

use std::sync::{Arc, Mutex, PoisonError};

use chat_secure::protocol::Message;
use hdrhistogram::Histogram;
use memchr::memchr;

use super::gate::{Clock, Gate};
use super::mark::Mark;
use super::tally::{Faults, Tally};

/// Latencies in µs, shared by some connections.
pub(crate) type Latencies = Arc<Mutex<Histogram<u64>>>;

/// What one connection hears.
pub(crate) struct Ear {
    /// Who listens, for what is said of failures.
    name: String,
    text_bytes: usize,
    clock: Clock,
    tally: Tally,
    /// The senders of the room, by their places.
    gates: Arc<[Arc<Gate>]>,
    /// Messages heard of each since the gates were told.
    fresh: Vec<u32>,
    latencies: Latencies,
    /// A line whose end has not come yet.
    partial: Vec<u8>,
    /// Lines that the server wants as an answer.
    replies: Vec<u8>,
    failure: Option<String>,
}

impl Ear {
    /// For the senders with these gates, whose ids begin with the first.
    pub(crate) fn new(
        name: String,
        text_bytes: usize,
        clock: Clock,
        first_sender: u32,
        gates: Arc<[Arc<Gate>]>,
        latencies: Latencies,
    ) -> Self {
        Self {
            name,
            text_bytes,
            clock,
            tally: Tally::new(first_sender, gates.len()),
            fresh: vec![0; gates.len()],
            gates,
            latencies,
            partial: Vec::new(),
            replies: Vec::new(),
            failure: None,
        }
    }

    /// Takes bytes as they came.
    pub(crate) fn hear(&mut self, mut bytes: &[u8]) {
        let latencies = Arc::clone(&self.latencies);
        let mut latencies = latencies.lock().unwrap_or_else(PoisonError::into_inner);
        let now_us = self.clock.now_us();
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            if self.partial.is_empty() {
                self.line(line, now_us, &mut latencies);
            } else {
                let mut whole = std::mem::take(&mut self.partial);
                whole.extend_from_slice(line);
                self.line(&whole, now_us, &mut latencies);
                whole.clear();
                self.partial = whole;
            }
            bytes = rest;
        }
        self.partial.extend_from_slice(bytes);
    }

    #[inline]
    fn line(&mut self, line: &[u8], now_us: u32, latencies: &mut Histogram<u64>) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some(mark) = Mark::read(line, self.text_bytes) else { return self.other(line) };
        let Some(place) = self.tally.hear(mark.sender, mark.seq) else { return };
        self.fresh[place] += 1;
        latencies.saturating_record(u64::from(now_us.wrapping_sub(mark.due_us)));
    }

    /// Takes a line that is no message of ours.
    #[cold]
    fn other(&mut self, line: &[u8]) {
        let Ok(message) = Message::parse(line) else { return };
        match message.command {
            "PING" => {
                let token = message.param(0).unwrap_or_default();
                self.replies.extend_from_slice(format!("PONG :{token}\r\n").as_bytes());
            }
            command if is_failure(command) => {
                let text = String::from_utf8_lossy(line);
                self.failure.get_or_insert_with(|| format!("the server said to {}: {text}", self.name));
            }
            _ => {}
        }
    }

    /// Tells the senders what was heard since the last time.
    pub(crate) fn tell_gates(&mut self) {
        for (gate, fresh) in self.gates.iter().zip(&mut self.fresh) {
            if *fresh > 0 {
                gate.deliver(std::mem::take(fresh));
            }
        }
    }

    /// The answers that the server waits for.
    pub(crate) fn replies(&mut self) -> &mut Vec<u8> {
        &mut self.replies
    }

    pub(crate) fn text_bytes(&self) -> usize {
        self.text_bytes
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What the server complained about.
    pub(crate) fn failure(&mut self) -> Option<String> {
        self.failure.take()
    }

    /// What was wrong, when the sender of this place, if any, does not hear itself.
    pub(crate) fn faults(&self, silent: Option<usize>) -> Faults {
        self.tally.faults(|place| if Some(place) == silent { 0 } else { self.gates[place].sent() })
    }
}

/// Whether a server that says this does not do what it was asked for.
pub(crate) fn is_failure(command: &str) -> bool {
    let is_error = command.len() == 3 && command.starts_with(['4', '5']) && command != "422";
    is_error || ["ERROR", "FAIL", "KICK", "KILL"].contains(&command)
}
