//! Marks are read as they were written.

use super::program::mark::{MARK_BYTES, Mark};

#[test]
fn a_mark_is_read_as_it_was_written() {
    for (sender, seq, due_us) in [(0, 0, 0), (1, 2, 3), (u32::MAX, 0x1234_5678, 0x9abc_def0)] {
        let mark = Mark { sender, seq, due_us };
        for text_bytes in [MARK_BYTES, 100, 400] {
            let mut line = b":a!b@c PRIVMSG #x :".to_vec();
            let before = line.len();
            mark.write(text_bytes, &mut line);
            assert_eq!(line.len(), before + text_bytes);
            assert!(line.iter().all(|byte| (b' '..=b'~').contains(byte)));
            assert_eq!(Mark::read(&line, text_bytes), Some(mark));
        }
    }
}

#[test]
fn other_lines_have_no_mark() {
    assert_eq!(Mark::read(b"PING :x", 100), None);
    assert_eq!(Mark::read(&[b'x'; 120], 100), None);
    assert_eq!(Mark::read(b"", 0), None);
}
