//! One connection of the floor: bytes in, bytes out.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::super::arguments::Fault;
use super::client::Client;
use super::room::Rooms;

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
    pub(super) fn new(stream: TlsStream<TcpStream>, rooms: Arc<Rooms>, fault: Option<Fault>) -> Self {
        Self { stream, client: Client::new(rooms, fault), writing: Vec::new(), written: 0 }
    }

    /// Serves it to its end.
    pub(super) async fn live(mut self) {
        // Why it ended is the client's business.
        drop(poll_fn(|cx| self.poll(cx)).await);
        self.client.leave();
    }

    /// Reads and writes what there is; ready at the end.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.client.seat().wake(cx);
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
                self.writing = self.client.seat().take().ok_or(io::ErrorKind::BrokenPipe)?;
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
