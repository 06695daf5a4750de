//! WebSocket over a link: a line is a frame each way.
//!
//! Not for browsers: its frames are masked with zeros. Source: RFC 6455; IRCv3 websocket.

use std::io::Cursor;

use anyhow::{Result, bail};
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

/// Asks for the upgrade.
pub(crate) const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
    Sec-WebSocket-Protocol: text.ircv3.net\r\n\r\n";

/// What came and is not a whole frame yet, and what is to be answered.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    rest: Vec<u8>,
    /// Answers to pings, ready to be sent.
    pub(crate) answers: Vec<u8>,
}

impl Frames {
    /// Hands over the lines of these bytes, each with its end; false once the server has closed.
    pub(crate) fn take(&mut self, bytes: &[u8], hear: &mut impl FnMut(&[u8])) -> Result<bool> {
        self.rest.extend_from_slice(bytes);
        let mut done = 0;
        loop {
            let mut cursor = Cursor::new(&self.rest[done..]);
            let Some((header, len)) = FrameHeader::parse(&mut cursor)? else { break };
            let begin = done + usize::try_from(cursor.position())?;
            let Some(payload) = self.rest.get(begin..begin + usize::try_from(len)?) else { break };
            match header.opcode {
                OpCode::Data(Data::Text | Data::Binary) if header.is_final => {
                    hear(payload);
                    hear(b"\r\n");
                }
                OpCode::Control(Control::Ping) => {
                    frame(OpCode::Control(Control::Pong), payload, &mut self.answers)?;
                }
                OpCode::Control(Control::Pong) => {}
                OpCode::Control(Control::Close) => return Ok(false),
                OpCode::Data(_) | OpCode::Control(_) => bail!("a frame that is no line"),
            }
            done = begin + payload.len();
        }
        self.rest.drain(..done);
        if self.rest.is_empty() {
            // An idle connection holds nothing.
            self.rest = Vec::new();
        }
        Ok(true)
    }
}

/// Each of these lines as a frame.
pub(crate) fn wrap(lines: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for line in lines.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.is_empty() {
            frame(OpCode::Data(Data::Text), line, &mut out)?;
        }
    }
    Ok(out)
}

fn frame(opcode: OpCode, payload: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let header = FrameHeader { opcode, mask: Some([0; 4]), ..FrameHeader::default() };
    header.format(payload.len() as u64, out)?;
    out.extend_from_slice(payload);
    Ok(())
}
