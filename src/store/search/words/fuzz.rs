//! What holds of the words of a text, whatever it is.

use crate::limits;

use super::{BadText, Cut, Words, segment};

/// The most that a character grows on the way, and a space behind it: one in Arabic stands for four words.
const GROWTH_MAX: usize = 12;

/// The text's words are words, bounded, and the same when they are cut again; the short way gives the same as the
/// long one; what is looked for is within its limit.
pub(crate) fn words(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let words = segment(&text);
    assert!(words.len() <= GROWTH_MAX * text.len(), "{} bytes of {}", words.len(), text.len());
    for word in words.split(' ').filter(|_| !words.is_empty()) {
        assert!((1..=limits::WORD_CHARS_MAX).contains(&word.chars().count()), "{word:?}");
        assert!(word.bytes().all(|byte| !byte.is_ascii() || byte.is_ascii_alphanumeric()), "{word:?}");
    }
    assert_eq!(segment(&words), words, "cutting again changes something");
    assert_eq!(at_length(&text), words);
    match Words::parse(&text) {
        Ok(asked) => {
            let words = asked.phrases().iter().map(|phrase| phrase.words.len());
            assert!(words.clone().all(|count| count > 0));
            assert!((1..=limits::SEARCH_WORDS_MAX).contains(&words.sum()));
        }
        Err(BadText::NoWord) => {}
        Err(BadText::TooMany) => assert!(words.split(' ').count() > limits::SEARCH_WORDS_MAX),
    }
}

/// The same without the short way for plain ASCII.
fn at_length(text: &str) -> String {
    let mut cut = Cut { words: String::new(), chars: 0 };
    for part in text.split(' ') {
        cut.take(part);
        cut.end();
    }
    cut.words.trim_end().to_owned()
}
