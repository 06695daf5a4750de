//! One connection of the floor: its bytes in, its lines, its bytes out.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use memchr::memchr;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::room::{Room, Rooms, Seat};

const READ_BYTES: usize = 64 * 1024;
/// Blocks of one write.
const SLICES: usize = 64;

thread_local! {
    static READ: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

/// One client's connection.
pub(super) struct Connection {
    stream: TlsStream<TcpStream>,
    client: Client,
    /// What is being written, from this byte of the first block on.
    writing: Vec<Bytes>,
    written: usize,
}

impl Connection {
    pub(super) fn new(stream: TlsStream<TcpStream>, rooms: Arc<Rooms>) -> Self {
        Self { stream, client: Client::new(rooms), writing: Vec::new(), written: 0 }
    }

    /// Serves it to its end.
    pub(super) async fn live(mut self) {
        // Why it ended is the client's business.
        drop(poll_fn(|cx| self.poll(cx)).await);
        for (_, room) in &self.client.joined {
            room.leave(&self.client.seat);
        }
    }

    /// Reads and writes what there is; ready at the end.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.client.seat.wake(cx);
        while let Poll::Ready(goes_on) = self.poll_read(cx) {
            if !goes_on? {
                return Poll::Ready(Ok(()));
            }
        }
        self.poll_write(cx)
    }

    /// Takes the lines of one block; false at the end.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        READ.with_borrow_mut(|buffer| {
            let mut read = ReadBuf::new(buffer);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
            let bytes = read.filled();
            Poll::Ready(Ok(!bytes.is_empty() && self.client.hear(bytes)))
        })
    }

    /// Writes all that is pending; ready only when it can't.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.writing.is_empty() {
                self.written = 0;
                self.writing = self.client.seat.take().ok_or(io::ErrorKind::BrokenPipe)?;
                if self.writing.is_empty() {
                    ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
                    return Poll::Pending;
                }
            }
            let mut slices = [IoSlice::new(&[]); SLICES];
            for (slice, block) in slices.iter_mut().zip(&self.writing) {
                *slice = IoSlice::new(block);
            }
            slices[0] = IoSlice::new(&self.writing[0][self.written..]);
            let count = self.writing.len().min(SLICES);
            let stream = Pin::new(&mut self.stream);
            let written = ready!(stream.poll_write_vectored(cx, &slices[..count]))?;
            self.advance(written);
        }
    }

    fn advance(&mut self, bytes: usize) {
        let mut left = self.written + bytes;
        let is_done = |block: &&Bytes| match left.checked_sub(block.len()) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        };
        let done = self.writing.iter().take_while(is_done).count();
        self.writing.drain(..done);
        self.written = left;
    }
}

/// What is known of a client.
struct Client {
    rooms: Arc<Rooms>,
    seat: Arc<Seat>,
    joined: Vec<(Vec<u8>, Arc<Room>)>,
    nick: String,
    has_echo: bool,
    /// Whether it gets in by CAP END, not by USER.
    negotiates: bool,
    /// A line whose end has not come yet.
    partial: Vec<u8>,
}

impl Client {
    fn new(rooms: Arc<Rooms>) -> Self {
        Self {
            rooms,
            seat: Arc::default(),
            joined: Vec::new(),
            nick: String::new(),
            has_echo: false,
            negotiates: false,
            partial: Vec::new(),
        }
    }

    /// Takes bytes as they came; false when it leaves.
    fn hear(&mut self, mut bytes: &[u8]) -> bool {
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
