//! What the floor understands of a client: enough to let it in and to relay what it says.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use memchr::memchr;

use super::super::arguments::Fault;
use super::room::{Room, Rooms, Seat};

/// With a fault, each message whose number is a multiple of this has it.
const FAULTY: u64 = 10;

/// What is known of a client.
pub(super) struct Client {
    rooms: Arc<Rooms>,
    seat: Arc<Seat>,
    joined: Vec<(Vec<u8>, Arc<Room>)>,
    nick: String,
    has_echo: bool,
    /// Whether it gets in by CAP END, not by USER.
    negotiates: bool,
    /// A line whose end has not come yet.
    partial: Vec<u8>,
    fault: Option<Fault>,
    /// Messages that it sent.
    messages: u64,
    /// A message that is to come after the next one.
    held: Vec<u8>,
}

impl Client {
    pub(super) fn new(rooms: Arc<Rooms>, fault: Option<Fault>) -> Self {
        Self {
            rooms,
            seat: Arc::default(),
            joined: Vec::new(),
            nick: String::new(),
            has_echo: false,
            negotiates: false,
            partial: Vec::new(),
            fault,
            messages: 0,
            held: Vec::new(),
        }
    }

    pub(super) fn seat(&self) -> &Seat {
        &self.seat
    }

    /// Takes its seats from the rooms.
    pub(super) fn leave(&self) {
        for (_, room) in &self.joined {
            room.leave(&self.seat);
        }
    }

    /// Takes bytes as they came; false when it leaves.
    pub(super) fn hear(&mut self, mut bytes: &[u8]) -> bool {
        let mut relayed = Relayed::default();
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            bytes = rest;
            let goes_on = if self.partial.is_empty() {
                self.line(line, &mut relayed)
            } else {
                let mut whole = std::mem::take(&mut self.partial);
                whole.extend_from_slice(line);
                self.line(&whole, &mut relayed)
            };
            if !goes_on {
                return false;
            }
        }
        self.partial.extend_from_slice(bytes);
        self.tell(&mut relayed);
        true
    }

    /// Takes a line; false when it leaves.
    fn line(&mut self, line: &[u8], relayed: &mut Relayed) -> bool {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(rest) = line.strip_prefix(b"PRIVMSG ") {
            self.relay(rest, relayed);
            return true;
        }
        let line = String::from_utf8_lossy(line);
        let (command, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match command {
            "CAP" => self.negotiate(rest),
            "NICK" => self.nick = rest.to_owned(),
            "USER" if !self.negotiates => self.welcome(),
            "JOIN" => self.join(rest),
            "PING" => self.reply(format!(":floor PONG floor {rest}\r\n")),
            "QUIT" => return false,
            _ => {}
        }
        true
    }

    /// `#room :text`: rendered once for all who hear it, together with the messages before it.
    fn relay(&mut self, rest: &[u8], relayed: &mut Relayed) {
        let Some(end) = memchr(b' ', rest) else { return };
        let Some(place) = self.joined.iter().position(|(name, _)| *name == rest[..end]) else { return };
        if relayed.room != Some(place) {
            self.tell(relayed);
            relayed.room = Some(place);
        }
        self.messages += 1;
        match self.fault.filter(|_| self.messages.is_multiple_of(FAULTY)) {
            None => {
                self.render(rest, relayed);
                let held = std::mem::take(&mut self.held);
                if !held.is_empty() {
                    self.render(&held, relayed);
                }
            }
            Some(Fault::Lose) => {}
            Some(Fault::Double) => {
                self.render(rest, relayed);
                self.render(rest, relayed);
            }
            Some(Fault::Reorder) => self.held = rest.to_vec(),
        }
    }

    fn render(&self, rest: &[u8], relayed: &mut Relayed) {
        let source = self.nick.as_bytes();
        for part in [b":".as_slice(), source, b"!load@floor PRIVMSG ", rest, b"\r\n"] {
            relayed.lines.extend_from_slice(part);
        }
    }

    /// Hands over what was rendered.
    fn tell(&self, relayed: &mut Relayed) {
        if let Some((_, room)) = relayed.room.take().and_then(|place| self.joined.get(place)) {
            let lines = relayed.lines.split().freeze();
            room.tell(&lines, (!self.has_echo).then_some(&self.seat));
        }
    }

    fn negotiate(&mut self, rest: &str) {
        self.negotiates = true;
        match rest.split_once(' ').unwrap_or((rest, "")) {
            ("LS", _) => self.reply(":floor CAP * LS :echo-message\r\n".to_owned()),
            ("REQ", caps) => {
                self.has_echo = caps.contains("echo-message");
                self.reply(format!(":floor CAP * ACK {caps}\r\n"));
            }
            ("END", _) => self.welcome(),
            _ => {}
        }
    }

    fn welcome(&self) {
        let nick = &self.nick;
        self.reply(format!(":floor 001 {nick} :Welcome\r\n:floor 422 {nick} :No MOTD\r\n"));
    }

    fn join(&mut self, name: &str) {
        let nick = &self.nick;
        let room = self.rooms.room(name.as_bytes());
        room.enter(&self.seat);
        room.tell(&Bytes::from(format!(":{nick}!load@floor JOIN {name}\r\n")), None);
        self.reply(format!(":floor 366 {nick} {name} :End\r\n"));
        self.joined.push((name.as_bytes().to_vec(), room));
    }

    fn reply(&self, lines: String) {
        self.seat.tell(Bytes::from(lines));
    }
}

/// Messages to one room that came together.
#[derive(Default)]
struct Relayed {
    /// Its place among those that were joined.
    room: Option<usize>,
    lines: BytesMut,
}
