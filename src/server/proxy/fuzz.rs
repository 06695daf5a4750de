//! What holds of a PROXY header, whatever stands there.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use proxy_header::{ProxiedAddress, ProxyHeader};

use crate::limits;

use super::read_header;

/// No more is taken from the stream than a header may have, and what follows it changes nothing. An address that is
/// understood is understood again in both of the header's forms.
pub(crate) fn proxy(bytes: &[u8]) {
    let (found, left) = read(bytes);
    let taken = bytes.len() - left;
    assert!(taken <= limits::PROXY_HEADER_BYTES_MAX);
    assert!(bytes.first().is_none_or(|first| matches!(first, b'P' | b'\r')) || taken == 1);
    match found {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => assert_eq!(left, 0),
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::InvalidData),
        Ok(address) => {
            let header = &bytes[..taken];
            for more in [&b""[..], b"\r\n", b"PROXY UNKNOWN\r\n"] {
                let (again, left) = read(&[header, more].concat());
                assert_eq!((again.ok(), left), (Some(address), more.len()));
            }
            if let Some(address) = address {
                told_again(address);
            }
        }
    }
}

fn told_again(address: SocketAddr) {
    let header =
        ProxyHeader::with_address(ProxiedAddress::stream(address, SocketAddr::new(address.ip(), 6697)));
    let mut bytes = [0; 256];
    for encode in [ProxyHeader::encode_to_slice_v1, ProxyHeader::encode_to_slice_v2] {
        let Ok(len) = encode(&header, &mut bytes) else { panic!("{address} can't be told") };
        assert_eq!(read(&bytes[..len]).0.ok(), Some(Some(address)));
    }
}

/// What is found, and how much is left. Bytes in memory never wait.
fn read(mut bytes: &[u8]) -> (io::Result<Option<SocketAddr>>, usize) {
    let found = {
        let mut reading = pin!(read_header(&mut bytes));
        match reading.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(found) => found,
            Poll::Pending => panic!("it waits for what will never come"),
        }
    };
    (found, bytes.len())
}
