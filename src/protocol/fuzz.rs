//! What holds of lines and of SASL answers, whatever bytes come.

use super::framing::check_client_line;
use super::sasl::{self, Assembled, Assembler, Plain};
use super::{Cap, Line, LineBuffer, Message, tags};
use crate::limits;

/// Beyond a head so much shorter than a line no cutting of parameters makes it fit.
const REST_BYTES_MIN: usize = 64;

/// The first byte says in which pieces the rest arrives: the lines are the same however it is cut. A line that is
/// a message is the same when it is written and read again.
pub(crate) fn line(bytes: &[u8]) {
    let Some((cut, stream)) = bytes.split_first() else { return };
    let lines = framed(stream, usize::from(*cut) + 1);
    assert_eq!(lines, framed(stream, stream.len().max(1)), "the lines depend on where the bytes are cut");
    for line in lines {
        message(&line);
    }
}

fn framed(stream: &[u8], piece_len: usize) -> Vec<Vec<u8>> {
    let mut buffer = LineBuffer::default();
    let (mut lines, mut waiting) = (Vec::new(), 0);
    for piece in stream.chunks(piece_len) {
        buffer.extend(piece);
        while let Some(line) = buffer.next_line() {
            lines.push(line.to_vec());
        }
        let end = piece.iter().rposition(|byte| *byte == b'\n');
        waiting = end.map_or(waiting + piece.len(), |end| piece.len() - end - 1);
        assert_eq!(buffer.len(), waiting, "more is held than the line that has no end yet");
        assert_eq!(buffer.is_endless(), waiting > limits::ENDLESS_LINE_BYTES_MAX);
    }
    lines
}

fn message(line: &[u8]) {
    let tags_len = if line.starts_with(b"@") {
        line.iter().position(|byte| *byte == b' ').map_or(line.len(), |space| space + 1)
    } else {
        0
    };
    let fits =
        tags_len <= limits::CLIENT_TAGS_BYTES_MAX && line.len() - tags_len + 2 <= limits::LINE_BYTES_MAX;
    assert_eq!(check_client_line(line).is_ok(), fits);
    let Ok(read) = Message::parse(line) else { return };
    assert!(!read.command.is_empty() && !read.command.contains(' '));
    assert!(read.params().len() <= limits::PARAMS_MAX);
    assert!(Cap::parse(read.command).is_none_or(|cap| cap.name() == read.command));
    relayed(read.tags);
    // A command that begins like tags or a source is not written by anybody.
    if !read.command.starts_with([':', '@']) {
        written_again(&read);
    }
}

fn written_again(read: &Message<'_>) {
    let mut line = Line::new(read.command.to_owned()).params(read.params());
    if let Some(source) = read.source {
        line = line.source(source);
    }
    let fitted = line.clone().fitted();
    for (key, value) in tags::iter(read.tags) {
        line = line.tag(key.to_owned(), tags::unescape(value));
    }
    let text = line.to_string();
    let Ok(again) = Message::parse(text.as_bytes()) else { panic!("{text:?} is no message any more") };
    assert_eq!((again.source, again.command, again.params()), (read.source, read.command, read.params()));
    for (key, _) in tags::iter(read.tags) {
        assert_eq!(again.tag(key), read.tag(key), "{key:?} in {text:?}");
    }
    let mut bytes = Vec::new();
    fitted.write_to(&mut bytes);
    let head = read.command.len() + read.source.map_or(0, str::len) + 2 * read.params().len();
    assert!(bytes.len() <= limits::LINE_BYTES_MAX || head > limits::LINE_BYTES_MAX - REST_BYTES_MIN);
    let ends = bytes.iter().filter(|byte| matches!(byte, b'\r' | b'\n' | 0)).count();
    assert!(ends == 2 && bytes.ends_with(b"\r\n"), "{text:?} is not one line");
}

/// What is passed on is what the client may say, in one form.
fn relayed(section: &str) {
    let relayed = tags::client_only(section);
    assert!(tags::iter(&relayed).all(|(key, _)| key.starts_with('+')), "{relayed:?}");
    assert!(!relayed.contains([' ', '\r', '\n', '\0']), "{relayed:?}");
    assert_eq!(tags::client_only(&relayed), relayed);
    for (key, value) in tags::iter(&relayed) {
        let last = tags::iter(section).filter(|(other, _)| *other == key).last();
        assert_eq!(last.map(|(_, value)| tags::unescape(value)), Some(tags::unescape(value)), "{key:?}");
    }
}

/// Each line is a chunk: no answer is longer than allowed, and each is the same when it is sent again. All of it
/// as an answer survives its chunks.
pub(crate) fn sasl(bytes: &[u8]) {
    let mut assembler = Assembler::default();
    for chunk in bytes.split(|byte| *byte == b'\n').filter_map(|chunk| std::str::from_utf8(chunk).ok()) {
        match assembler.push(chunk) {
            Assembled::More => assert_eq!(chunk.len(), limits::SASL_CHUNK_BYTES),
            Assembled::ChunkTooLong => assert!(chunk.len() > limits::SASL_CHUNK_BYTES),
            Assembled::Complete(answer) => {
                assert!(answer.len() <= limits::SASL_BYTES_MAX);
                plain(&answer);
            }
            Assembled::Invalid => {}
        }
    }
    plain(bytes);
    let is_taken = bytes.len() <= limits::SASL_BYTES_MAX;
    assert!(assembled(bytes).as_deref() == is_taken.then_some(bytes), "{} bytes", bytes.len());
}

fn assembled(answer: &[u8]) -> Option<Vec<u8>> {
    let mut assembler = Assembler::default();
    let chunks = sasl::chunks(answer);
    for chunk in chunks {
        match assembler.push(&chunk) {
            Assembled::More => {}
            Assembled::Complete(answer) => return Some(answer.to_vec()),
            Assembled::ChunkTooLong | Assembled::Invalid => return None,
        }
    }
    None
}

fn plain(answer: &[u8]) {
    let Some(plain) = Plain::parse(answer) else { return };
    assert!(!plain.name.is_empty() && !plain.password.is_empty());
    assert!(!plain.name.contains('\0') && !plain.password.contains('\0'));
    assert_eq!(Plain::parse(&plain.to_answer()), Some(plain));
}
