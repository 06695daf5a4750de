//! The PROXY header: for whom a proxy has connected.
//!
//! Takes from the stream what belongs to the header and not a byte more, so that TLS or IRC follow as if
//! nothing had been. Source: haproxy.org, The PROXY protocol, versions 1 and 2.

#[cfg(any(test, feature = "fuzzing"))]
pub(super) mod fuzz;

use std::io;
use std::net::SocketAddr;

use proxy_header::{ParseConfig, Protocol, ProxyHeader};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::limits;

/// Signature, version, family and length of a header in bytes.
const FIXED_BYTES: usize = 16;

/// Reads the header. `None` if the proxy speaks for itself or knows no address.
///
/// # Errors
/// Those of the stream; `InvalidData` for anything but a header.
pub(super) async fn read_header<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Option<SocketAddr>> {
    let mut header = vec![stream.read_u8().await?];
    match header[0] {
        b'P' => read_words(stream, &mut header).await?,
        b'\r' => read_bytes(stream, &mut header).await?,
        _ => return Err(invalid()),
    }
    parse(&header)
}

async fn read_words<S: AsyncRead + Unpin>(stream: &mut S, header: &mut Vec<u8>) -> io::Result<()> {
    const WORD: &[u8] = b"PROXY ";
    while header.last() != Some(&b'\n') {
        if header.len() >= limits::PROXY_LINE_BYTES_MAX || !header.iter().zip(WORD).all(|(a, b)| a == b) {
            return Err(invalid());
        }
        header.push(stream.read_u8().await?);
    }
    Ok(())
}

async fn read_bytes<S: AsyncRead + Unpin>(stream: &mut S, header: &mut Vec<u8>) -> io::Result<()> {
    header.resize(FIXED_BYTES, 0);
    stream.read_exact(&mut header[1..]).await?;
    let rest = usize::from(u16::from_be_bytes([header[FIXED_BYTES - 2], header[FIXED_BYTES - 1]]));
    if FIXED_BYTES + rest > limits::PROXY_HEADER_BYTES_MAX {
        return Err(invalid());
    }
    header.resize(FIXED_BYTES + rest, 0);
    stream.read_exact(&mut header[FIXED_BYTES..]).await?;
    Ok(())
}

fn parse(bytes: &[u8]) -> io::Result<Option<SocketAddr>> {
    let config = ParseConfig { include_tlvs: false, allow_v1: true, allow_v2: true };
    let (header, len) = ProxyHeader::parse(bytes, config).map_err(|_| invalid())?;
    match header.proxied_address() {
        _ if len != bytes.len() => Err(invalid()),
        Some(address) if address.protocol == Protocol::Stream => Ok(Some(address.source)),
        Some(_) => Err(invalid()),
        None => Ok(None),
    }
}

fn invalid() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "no PROXY header")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proxy_header::ProxiedAddress;

    use super::*;

    /// What is read, and what is left for who comes after.
    fn read(bytes: &[u8]) -> (io::Result<Option<SocketAddr>>, usize) {
        let mut rest = bytes;
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let result = runtime.block_on(read_header(&mut rest));
        (result, rest.len())
    }

    fn header(len: u16, command: u8, family: u8) -> Vec<u8> {
        let mut header = b"\r\n\r\n\0\r\nQUIT\n".to_vec();
        header.extend([0x20 | command, family]);
        header.extend(len.to_be_bytes());
        header
    }

    #[test]
    fn words_say_for_whom() {
        for (text, address) in [
            ("PROXY TCP4 192.0.2.1 127.0.0.1 65533 6667\r\n", Some("192.0.2.1:65533")),
            ("PROXY TCP6 2001:db8::1 ::1 1 6667\r\n", Some("[2001:db8::1]:1")),
            ("PROXY UNKNOWN\r\n", None),
            ("PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", None),
        ] {
            let (found, left) = read(format!("{text}NICK").as_bytes());
            assert_eq!(found.unwrap(), address.map(|address| address.parse().unwrap()), "{text}");
            assert_eq!(left, 4);
        }
        for text in [
            "NICK alice\r\n",
            "PRIVMSG",
            "PROXY\r\n",
            "PROXY TCP4 192.0.2.1 127.0.0.1 65533\r\n",
            "PROXY TCP4 2001:db8::1 ::1 1 2\r\n",
            "PROXY TCP4 192.0.2.1 127.0.0.1 65533 6667\n",
            "PROXY TCP4 192.0.2.1 127.0.0.1 99999 6667\r\n",
            "PROXY TCP4 192.0.2.1",
            "",
        ] {
            assert!(read(text.as_bytes()).0.is_err(), "{text}");
        }
        let endless = "PROXY TCP4 ".to_owned() + &"1".repeat(1000);
        let (found, left) = read(endless.as_bytes());
        assert!(found.is_err());
        assert_eq!(left, endless.len() - limits::PROXY_LINE_BYTES_MAX);
    }

    #[test]
    fn bytes_say_for_whom() {
        let addresses = [192, 0, 2, 1, 127, 0, 0, 1, 0xff, 0xfd, 26, 11];
        let with_more = [&header(15, 1, 0x11)[..], &addresses[..], &[4, 0, 0], b"NICK"].concat();
        let (found, left) = read(&with_more);
        assert_eq!((found.unwrap(), left), (Some("192.0.2.1:65533".parse().unwrap()), 4));
        let own = [&header(0, 0, 0)[..], b"NICK"].concat();
        let (found, left) = read(&own);
        assert_eq!((found.unwrap(), left), (None, 4));
        for (len, command, family) in [(4, 1, 0x11), (12, 2, 0x11), (12, 1, 0x12), (u16::MAX, 1, 0x11)] {
            let bytes = [&header(len, command, family)[..], &addresses[..]].concat();
            assert!(read(&bytes).0.is_err(), "{len} {command} {family}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in 0..3_usize) {
            let start: &[u8] = [&b""[..], b"PROXY TCP4 ", b"\r\n\r\n\0\r\nQUIT\n"][kind];
            drop(read(&[start, &bytes].concat()));
        }

        #[test]
        fn what_a_proxy_says_is_understood(
            source in any::<SocketAddr>(), port in any::<u16>(), in_words in any::<bool>(), rest in "[a-z]{0,9}",
        ) {
            let ip = source.ip();
            let source = SocketAddr::new(ip, source.port());
            let header = ProxyHeader::with_address(ProxiedAddress::stream(source, SocketAddr::new(ip, port)));
            let mut bytes = [0; 256];
            let len = if in_words {
                header.encode_to_slice_v1(&mut bytes).unwrap()
            } else {
                header.encode_to_slice_v2(&mut bytes).unwrap()
            };
            let (found, left) = read(&[&bytes[..len], rest.as_bytes()].concat());
            prop_assert_eq!(found.unwrap(), Some(source));
            prop_assert_eq!(left, rest.len());
        }
    }
}
