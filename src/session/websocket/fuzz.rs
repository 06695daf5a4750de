//! What holds of a WebSocket, whatever bytes come after the upgrade, and whatever lines go over it.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};

use super::*;

/// Bytes that both sides of a pipe hold; so much that nothing waits for the other side. Longer inputs are cut.
const PIPE_BYTES: usize = 128 * 1024;
/// The smallest frame: a head of two bytes, and what it is masked with.
const FRAME_BYTES_MIN: usize = 6;

type Server = WebSocket<DuplexStream>;

/// An even first byte: the rest is what a peer sends, in frames or not; no more is held than one line may have, and
/// the end is always reached. An odd one: each line of the rest goes over in a frame and comes back the same.
pub(crate) fn websocket(bytes: &[u8]) {
    match bytes[..bytes.len().min(PIPE_BYTES / 4)].split_first() {
        Some((kind, stream)) if kind % 2 == 0 => sent(stream, subprotocol(*kind)),
        Some((kind, lines)) => carried(lines, subprotocol(*kind)),
        None => {}
    }
}

fn subprotocol(kind: u8) -> Subprotocol {
    if kind & 2 == 0 { Subprotocol::Text } else { Subprotocol::Binary }
}

/// What is done at once. Nothing waits: all that will ever come is there.
fn now<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

fn sent(stream: &[u8], subprotocol: Subprotocol) {
    let (mut peer, stream_end) = duplex(PIPE_BYTES);
    let mut cx = Context::from_waker(Waker::noop());
    // The first bytes may have come with the upgrade.
    let (early, late) = stream.split_at(stream.len() / 3);
    assert!(
        matches!(Pin::new(&mut peer).poll_write(&mut cx, late), Poll::Ready(Ok(len)) if len == late.len())
    );
    assert!(matches!(Pin::new(&mut peer).poll_shutdown(&mut cx), Poll::Ready(Ok(()))));
    let Some(mut server) = now(Server::new(stream_end, early, subprotocol)) else { panic!("it waits") };
    let (mut inbound, mut outbound) = (LineBuffer::default(), Outbound::default());
    let mut lines = 0;
    loop {
        match server.poll_exchange(&mut cx, Some(&mut inbound), &mut outbound) {
            Poll::Ready(Ok(Exchanged::Read)) => {}
            Poll::Ready(Ok(Exchanged::Written)) => continue,
            Poll::Ready(Ok(Exchanged::Closed) | Err(_)) => break,
            Poll::Ready(Ok(Exchanged::Refused(why))) => {
                outbound.extend(why.as_bytes());
                outbound.extend(b"\r\n");
                break;
            }
            Poll::Pending => panic!("it waits for more, though the peer has ended"),
        }
        assert!(inbound.len() <= limits::ENDLESS_LINE_BYTES_MAX + 1, "{} bytes of one frame", inbound.len());
        let line = inbound.next_line();
        assert!(line.is_some() && inbound.is_empty(), "a frame is one line");
        lines += 1;
    }
    assert!(lines <= stream.len() / FRAME_BYTES_MIN, "{lines} lines of {} bytes", stream.len());
    while server.poll_exchange(&mut cx, None, &mut outbound).is_ready() && !outbound.is_empty() {}
    let told = read_all(&mut peer, &mut cx);
    assert!(told <= PIPE_BYTES / 2, "{told} bytes are said to who sent {}", stream.len());
    drop(peer);
    assert!(server.poll_close(&mut cx).is_ready(), "it waits for who is gone");
}

fn read_all(peer: &mut DuplexStream, cx: &mut Context<'_>) -> usize {
    let mut all = vec![0; PIPE_BYTES];
    let mut buffer = ReadBuf::new(&mut all);
    loop {
        let before = buffer.filled().len();
        let is_more = matches!(Pin::new(&mut *peer).poll_read(cx, &mut buffer), Poll::Ready(Ok(())));
        if !is_more || buffer.filled().len() == before {
            return before;
        }
    }
}

fn carried(lines: &[u8], subprotocol: Subprotocol) {
    let (client, server) = duplex(PIPE_BYTES);
    let mut cx = Context::from_waker(Waker::noop());
    let Some(mut server) = now(Server::new(server, b"", subprotocol)) else { panic!("it waits") };
    let Some(mut client) = now(WebSocketStream::from_raw_socket(client, Role::Client, None)) else {
        panic!("it waits")
    };
    let (mut inbound, mut outbound) = (LineBuffer::default(), Outbound::default());
    for line in lines.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = match subprotocol {
            Subprotocol::Binary => line.to_vec(),
            Subprotocol::Text => String::from_utf8_lossy(line).into_owned().into_bytes(),
        };
        assert!(Pin::new(&mut client).start_send(subprotocol.message(&line)).is_ok());
        assert!(Pin::new(&mut client).poll_flush(&mut cx).is_ready());
        let read = server.poll_exchange(&mut cx, Some(&mut inbound), &mut outbound);
        if line.len() > limits::ENDLESS_LINE_BYTES_MAX {
            return assert!(matches!(read, Poll::Ready(Ok(Exchanged::Refused(_)))));
        }
        assert!(matches!(read, Poll::Ready(Ok(Exchanged::Read))), "{read:?}");
        let heard = inbound.next_line().unwrap_or_default();
        assert_eq!(heard, line.strip_suffix(b"\r").unwrap_or(&line), "a frame is one line");
        outbound.extend(&line);
        outbound.extend(b"\r\n");
        assert!(matches!(
            server.poll_exchange(&mut cx, None, &mut outbound),
            Poll::Ready(Ok(Exchanged::Written))
        ));
        match Pin::new(&mut client).poll_next(&mut cx) {
            Poll::Ready(Some(Ok(message))) => assert_eq!(message.into_data(), line),
            other @ (Poll::Ready(_) | Poll::Pending) => panic!("{other:?} instead of {line:?}"),
        }
    }
}
