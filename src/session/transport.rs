//! The transport: bytes in, bytes out, whatever lies beneath.
//!
//! Holds no buffer while nothing is under way; knows nothing of lines' meaning.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::protocol::LineBuffer;

use super::outbound::Outbound;

/// Bytes taken from the stream at once.
const READ_BYTES: usize = 8 * 1024;

/// Pieces given to the stream at once.
const SLICES_MAX: usize = 64;

/// What an exchange led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchanged {
    /// Something came in.
    Read,
    /// Everything that waited has gone out.
    Written,
    /// The peer has closed its side.
    Closed,
    /// The peer broke a rule of the transport; nothing more is read. It is to be told so.
    Refused(&'static str),
}

/// A connection to a peer.
pub trait Transport: Send {
    /// Writes what waits in `outbound`, and reads into `inbound` if there is one.
    ///
    /// # Errors
    /// Those of the stream.
    fn poll_exchange(
        &mut self,
        cx: &mut Context<'_>,
        inbound: Option<&mut LineBuffer>,
        outbound: &mut Outbound,
    ) -> Poll<io::Result<Exchanged>>;

    /// Says that nothing more will be written.
    ///
    /// # Errors
    /// Those of the stream.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn poll_exchange(
        &mut self,
        cx: &mut Context<'_>,
        inbound: Option<&mut LineBuffer>,
        outbound: &mut Outbound,
    ) -> Poll<io::Result<Exchanged>> {
        (**self).poll_exchange(cx, inbound, outbound)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        (**self).poll_close(cx)
    }
}

/// Lines over a stream of bytes: TLS, TCP, a unix socket, a pipe in a test.
#[derive(Debug)]
pub struct Stream<S> {
    stream: S,
    unflushed: bool,
}

impl<S> Stream<S> {
    /// Speaks over this stream.
    pub fn new(stream: S) -> Self {
        Self { stream, unflushed: false }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream<S> {
    fn poll_write(&mut self, cx: &mut Context<'_>, outbound: &mut Outbound) -> Poll<io::Result<()>> {
        while !outbound.is_empty() {
            let mut slices = [IoSlice::new(&[]); SLICES_MAX];
            let count = outbound.slices(&mut slices);
            let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, &slices[..count]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            outbound.advance(written);
            self.unflushed = true;
        }
        if self.unflushed {
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Transport for Stream<S> {
    fn poll_exchange(
        &mut self,
        cx: &mut Context<'_>,
        inbound: Option<&mut LineBuffer>,
        outbound: &mut Outbound,
    ) -> Poll<io::Result<Exchanged>> {
        let waiting = !outbound.is_empty() || self.unflushed;
        if waiting && self.poll_write(cx, outbound)?.is_ready() {
            return Poll::Ready(Ok(Exchanged::Written));
        }
        let Some(inbound) = inbound else { return Poll::Pending };
        // On the stack of this call only: an idle session keeps no buffer.
        let mut bytes = [MaybeUninit::uninit(); READ_BYTES];
        let mut buffer = ReadBuf::uninit(&mut bytes);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer))?;
        if buffer.filled().is_empty() {
            return Poll::Ready(Ok(Exchanged::Closed));
        }
        inbound.extend(buffer.filled());
        Poll::Ready(Ok(Exchanged::Read))
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
