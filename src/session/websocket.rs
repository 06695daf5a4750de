//! Lines over WebSocket: one frame, one line, without its line end.
//!
//! A frame that is too long is refused by its head alone. Between two lines it holds its read buffer and
//! nothing else; what is framed and not yet written is no more than `FRAMED_BYTES` and one line.
//! Source: RFC 6455; IRCv3 websocket.

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::{Sink as _, Stream as _};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};

use crate::limits;
use crate::protocol::LineBuffer;

use super::outbound::Outbound;
use super::transport::{Exchanged, Transport};

/// The read buffer, which is there all the time.
const READ_BYTES: usize = 4 * 1024;
/// Lines are framed up to here, then written together.
const FRAMED_BYTES: usize = 8 * 1024;
/// The frames' buffer never gets so long: what is framed is written before more is.
const FRAMES_BYTES_MAX: usize = 64 * 1024;
/// What is thrown away at once of what a refused peer still sends.
const DRAIN_BYTES: usize = 4 * 1024;

/// What the frames that are sent hold. Source: IRCv3 websocket, subprotocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subprotocol {
    /// Text.
    Text,
    /// Bytes.
    Binary,
}

/// A connection that was upgraded.
#[derive(Debug)]
pub struct WebSocket<S> {
    frames: WebSocketStream<S>,
    subprotocol: Subprotocol,
    unflushed: bool,
    ending: Ending,
}

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// Not begun.
    No,
    /// The peer has closed, or is gone: no frame may be sent.
    ByPeer,
    /// The peer broke a rule; what else it sends can't be read as frames any more.
    Refused(CloseCode),
    /// That is told it in a close frame.
    Dismissed,
    /// The close frame is framed.
    Told,
    /// It is written; the peer's is waited for.
    Waiting,
    /// Nothing more is written; what comes is thrown away, so that no reset takes the close frame with it.
    Draining,
}

impl Subprotocol {
    /// Its name in `Sec-WebSocket-Protocol`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text.ircv3.net",
            Self::Binary => "binary.ircv3.net",
        }
    }

    /// The first of the client's list that we know.
    #[must_use]
    pub fn choose(list: &str) -> Option<Self> {
        let known = [Self::Text, Self::Binary];
        list.split(',').find_map(|offered| known.into_iter().find(|known| known.name() == offered.trim()))
    }

    fn message(self, line: &[u8]) -> Message {
        match self {
            Self::Text => {
                let bytes = Bytes::copy_from_slice(line);
                let lossy = |_| Utf8Bytes::from(String::from_utf8_lossy(line).into_owned());
                Message::Text(Utf8Bytes::try_from(bytes).unwrap_or_else(lossy))
            }
            Self::Binary => Message::Binary(Bytes::copy_from_slice(line)),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> WebSocket<S> {
    /// Speaks over a stream after the upgrade; these bytes were read from it already.
    pub async fn new(stream: S, read: &[u8], subprotocol: Subprotocol) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BYTES)
            .write_buffer_size(FRAMES_BYTES_MAX / 2)
            .max_write_buffer_size(FRAMES_BYTES_MAX)
            .max_message_size(Some(limits::ENDLESS_LINE_BYTES_MAX))
            .max_frame_size(Some(limits::ENDLESS_LINE_BYTES_MAX));
        let frames =
            WebSocketStream::from_partially_read(stream, read.to_vec(), Role::Server, Some(config)).await;
        Self { frames, subprotocol, unflushed: false, ending: Ending::No }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, outbound: &mut Outbound) -> Poll<io::Result<()>> {
        loop {
            if self.unflushed {
                ready!(self.poll_flush(cx))?;
            }
            if outbound.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let mut framed = 0;
            while framed < FRAMED_BYTES && !outbound.is_empty() {
                framed += self.frame_line(outbound)?;
            }
        }
    }

    /// Takes the first line of what waits. Returns its length.
    fn frame_line(&mut self, outbound: &mut Outbound) -> io::Result<usize> {
        let waiting = outbound.first();
        let end = memchr::memchr(b'\n', waiting).unwrap_or(waiting.len());
        let line = waiting[..end].strip_suffix(b"\r").unwrap_or(&waiting[..end]);
        let message = self.subprotocol.message(line);
        let len = (end + 1).min(waiting.len());
        Pin::new(&mut self.frames).start_send(message).map_err(io_error)?;
        self.unflushed = true;
        outbound.advance(len);
        Ok(len)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.frames).poll_flush(cx)).map_err(io_error)?;
        self.unflushed = false;
        Poll::Ready(Ok(()))
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, inbound: &mut LineBuffer) -> Poll<io::Result<Exchanged>> {
        let message = match ready!(Pin::new(&mut self.frames).poll_next(cx)) {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Poll::Ready(self.end(error)),
            None => {
                self.ending = Ending::ByPeer;
                return Poll::Ready(Ok(Exchanged::Closed));
            }
        };
        if message.is_close() {
            self.ending = Ending::ByPeer;
            return Poll::Ready(Ok(Exchanged::Closed));
        }
        if message.is_text() || message.is_binary() {
            extend(inbound, &message.into_data());
        } else {
            // A ping's answer waits to be written. An empty line does nothing, and costs what it costs.
            self.unflushed |= message.is_ping();
            inbound.extend(b"\n");
        }
        Poll::Ready(Ok(Exchanged::Read))
    }

    /// What follows from an error of the peer or of the connection.
    fn end(&mut self, error: Error) -> io::Result<Exchanged> {
        let (code, reason) = if matches!(error, Error::Capacity(CapacityError::MessageTooLong { .. })) {
            (CloseCode::Size, "Line too long")
        } else if matches!(error, Error::Utf8(_)) {
            (CloseCode::Invalid, "A text frame must be valid UTF-8")
        } else if matches!(error, Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) {
            self.ending = Ending::ByPeer;
            return Ok(Exchanged::Closed);
        } else if matches!(error, Error::Protocol(_)) {
            (CloseCode::Protocol, "WebSocket protocol error")
        } else {
            self.ending = Ending::ByPeer;
            return Err(io_error(error));
        };
        self.ending = Ending::Refused(code);
        Ok(Exchanged::Refused(reason))
    }

    fn send_close(&mut self, code: CloseCode) -> io::Result<()> {
        // The reason was told in a line already.
        let frame = CloseFrame { code, reason: Utf8Bytes::default() };
        Pin::new(&mut self.frames).start_send(Message::Close(Some(frame))).map_err(io_error)
    }

    /// Reads and forgets until the peer closes its side too.
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [0; DRAIN_BYTES];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            ready!(Pin::new(self.frames.get_mut()).poll_read(cx, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Transport for WebSocket<S> {
    fn poll_exchange(
        &mut self,
        cx: &mut Context<'_>,
        inbound: Option<&mut LineBuffer>,
        outbound: &mut Outbound,
    ) -> Poll<io::Result<Exchanged>> {
        if self.ending == Ending::ByPeer {
            outbound.advance(outbound.len());
            return Poll::Ready(Ok(Exchanged::Closed));
        }
        let waiting = !outbound.is_empty() || self.unflushed;
        if waiting && self.poll_write(cx, outbound)?.is_ready() {
            return Poll::Ready(Ok(Exchanged::Written));
        }
        let Some(inbound) = inbound else { return Poll::Pending };
        self.poll_read(cx, inbound)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            self.ending = match self.ending {
                Ending::No => {
                    self.send_close(CloseCode::Normal)?;
                    Ending::Told
                }
                Ending::Refused(code) => {
                    self.send_close(code)?;
                    Ending::Dismissed
                }
                Ending::Dismissed => {
                    ready!(self.poll_flush(cx))?;
                    ready!(Pin::new(self.frames.get_mut()).poll_shutdown(cx))?;
                    Ending::Draining
                }
                Ending::Told => {
                    ready!(self.poll_flush(cx))?;
                    Ending::Waiting
                }
                Ending::Waiting => match ready!(Pin::new(&mut self.frames).poll_next(cx)) {
                    Some(Ok(_)) => Ending::Waiting,
                    Some(Err(_)) | None => Ending::ByPeer,
                },
                Ending::ByPeer => {
                    // The answer to the peer's close frame, if there was one and anybody hears it.
                    drop(ready!(self.poll_flush(cx)));
                    return Pin::new(self.frames.get_mut()).poll_shutdown(cx);
                }
                Ending::Draining => return self.poll_drain(cx),
            };
        }
    }
}

/// Adds a frame as one line, whatever it holds: a line end in its midst becomes one that no line may hold.
fn extend(inbound: &mut LineBuffer, frame: &[u8]) {
    let line = frame.strip_suffix(b"\n").unwrap_or(frame);
    for (number, part) in line.split(|byte| *byte == b'\n').enumerate() {
        if number > 0 {
            inbound.extend(b"\r");
        }
        inbound.extend(part);
    }
    inbound.extend(b"\n");
}

fn io_error(error: Error) -> io::Error {
    if let Error::Io(error) = error { error } else { io::Error::other(error) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_known_subprotocol_is_chosen() {
        for (list, chosen) in [
            ("text.ircv3.net", Some(Subprotocol::Text)),
            ("binary.ircv3.net, text.ircv3.net", Some(Subprotocol::Binary)),
            ("chat,text.ircv3.net ,binary.ircv3.net", Some(Subprotocol::Text)),
            ("TEXT.ircv3.net", None),
            ("", None),
        ] {
            assert_eq!(Subprotocol::choose(list), chosen, "{list}");
        }
    }

    proptest! {
        #[test]
        fn a_frame_is_one_line(frame in proptest::collection::vec(any::<u8>(), 0..50)) {
            let mut inbound = LineBuffer::default();
            extend(&mut inbound, &frame);
            let line = inbound.next_line().unwrap();
            prop_assert!(inbound.is_empty());
            if !frame.contains(&b'\n') && !frame.ends_with(b"\r") {
                prop_assert_eq!(&line[..], &frame[..]);
            }
        }
    }
}
