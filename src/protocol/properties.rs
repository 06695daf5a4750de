//! The wire format holds whatever arrives: arbitrary bytes, cut anywhere.

use proptest::collection::vec;
use proptest::prelude::*;

use super::framing::check_client_line;
use super::sasl::{Assembled, Assembler, Plain};
use super::{Cap, Line, LineBuffer, Message, tags};
use crate::clock::Timestamp;
use crate::limits;

/// Bytes in which what means something is not rare.
fn bytes(len_max: usize) -> impl Strategy<Value = Vec<u8>> {
    let meaning = prop::sample::select(b"\r\n\0 :@;=\\+,#!-\xff\xc3".to_vec());
    vec(prop_oneof![1 => meaning, 2 => b'a'..=b'z', 1 => any::<u8>()], 0..len_max)
}

/// What may stand behind AUTHENTICATE, of all lengths that matter.
fn chunk() -> impl Strategy<Value = String> {
    let len = prop_oneof![Just(400), Just(401), 0..399_usize];
    let piece = prop_oneof![6 => "[A-Za-z0-9+/]{4}", 1 => "[A-Za-z0-9+/]{2}==", 1 => "\\PC{1,4}"];
    prop_oneof![1 => Just("+".to_owned()), 1 => Just("*".to_owned()), 9 => (piece, len).prop_map(|(piece, len)| {
        let text = piece.repeat(len / piece.len() + 1);
        text[..text.floor_char_boundary(len)].to_owned()
    })]
}

/// The lines of these bytes, in the plainest words.
fn plain_lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    lines.pop();
    for line in &mut lines {
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    }
    lines
}

proptest! {
    #[test]
    fn any_bytes_are_a_message_or_an_error(line in bytes(600)) {
        prop_assert_eq!(line.len() <= 510 || line.starts_with(b"@"), check_client_line(&line).is_ok() || line.starts_with(b"@"));
        if let Ok(message) = Message::parse(&line) {
            prop_assert!(!message.command.is_empty() && !message.command.contains(' '));
            prop_assert!(message.params().len() <= limits::PARAMS_MAX);
            let middle = message.params().split_last().map_or(&[][..], |(_, middle)| middle);
            prop_assert!(middle.iter().all(|param| !param.is_empty() && !param.contains(' ')));
            drop((message.nick(), message.tag("label"), message.tag("+a")));
            prop_assert!(Cap::parse(message.command).is_none_or(|cap| cap.name() == message.command));
        }
    }

    #[test]
    fn a_message_that_is_written_again_is_the_same(line in bytes(400)) {
        if let Ok(first) = Message::parse(&line) {
            // The fifteenth may hold what only a last one may.
            let again = first.params().iter().fold(Line::new(first.command.to_owned()), Line::param);
            let again = again.to_string();
            let second = Message::parse(again.as_bytes());
            // A command that begins like tags or a source can't come from here.
            prop_assume!(!first.command.starts_with([':', '@']));
            prop_assert_eq!(second.map(|second| second.params().to_vec()), Ok(first.params().to_vec()));
        }
    }

    #[test]
    fn lines_are_the_same_wherever_the_bytes_are_cut(bytes in bytes(400), cuts in vec(0..400_usize, 0..20)) {
        let mut buffer = LineBuffer::default();
        let mut lines = Vec::new();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        for piece in cuts.windows(2) {
            buffer.extend(&bytes[piece[0]..piece[1]]);
            while let Some(line) = buffer.next_line() {
                lines.push(line.to_vec());
            }
        }
        prop_assert_eq!(lines, plain_lines(&bytes));
        let rest = bytes.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        prop_assert_eq!(buffer.len(), rest.len());
    }

    #[test]
    fn tags_that_are_relayed_stay_as_they_are(section in "[\\PC;=+\\\\]{0,120}") {
        let relayed = tags::client_only(&section);
        prop_assert!(tags::iter(&relayed).all(|(key, _)| key.starts_with('+')), "{}", relayed);
        prop_assert!(!relayed.contains([' ', '\r', '\n', '\0']) || section.contains('\0'), "{:?}", relayed);
        prop_assert_eq!(tags::client_only(&relayed), relayed);
    }

    #[test]
    fn any_chunks_are_an_answer_or_refused(chunks in vec(chunk(), 0..20)) {
        let mut assembler = Assembler::default();
        for chunk in &chunks {
            if let Assembled::Complete(answer) = assembler.push(chunk) {
                prop_assert!(answer.len() <= limits::SASL_BYTES_MAX + 3);
                drop(Plain::parse(&answer));
            }
        }
    }

    #[test]
    fn any_answer_is_an_account_and_a_password_or_nothing(answer in bytes(100)) {
        if let Some(plain) = Plain::parse(&answer) {
            prop_assert!(!plain.name.is_empty() && !plain.password.is_empty());
            prop_assert!(!plain.name.contains('\0') && !plain.password.contains('\0'));
        }
    }

    #[test]
    fn any_text_is_a_moment_or_none(text in "[0-9TZ:.+-]{0,32}|\\PC{0,40}") {
        if let Some(moment) = Timestamp::parse(&text) {
            prop_assert_eq!(Timestamp::parse(&moment.to_string()), Some(moment));
        }
    }

    #[test]
    fn a_fitted_line_has_room(source in "[a-z]{1,120}", words in vec("\\PC{0,9}", 0..14), times in 1..80_usize) {
        let params: Vec<String> = words.iter().map(|word| word.repeat(times)).collect();
        let line = Line::new("PRIVMSG").source(source).params(&params).fitted();
        let mut bytes = Vec::new();
        line.tag("time", "x".repeat(600)).write_to(&mut bytes);
        let untagged = bytes.iter().position(|byte| *byte == b' ').unwrap_or_default() + 1;
        prop_assert!(bytes.len() - untagged <= limits::LINE_BYTES_MAX);
        let message = Message::parse(&bytes[..bytes.len() - 2]).unwrap();
        prop_assert_eq!(message.params().len(), params.len());
    }
}

#[test]
fn a_line_that_fits_is_left_alone_and_the_longest_parameter_gives_way() {
    let short = Line::new("432").source("s").params(["*", "nick", "Erroneous nickname"]);
    assert_eq!(short.clone().fitted(), short);
    let long =
        Line::new("432").source("s").param("*").param("é".repeat(300)).param("Erroneous nickname").fitted();
    let text = long.to_string();
    assert!(text.len() > 500 && text.len() <= 510, "{}", text.len());
    assert!(text.ends_with(" :Erroneous nickname"));
}
