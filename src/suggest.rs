//! What somebody meant who typed a word that does not exist.
//!
//! Knows no commands and no settings: whoever asks brings the words there are.

/// The known word that this one is most like, when it is like one: a slip of a third of its letters
/// at most (one letter of a short word), or the beginning of it. Case does not count.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    if length == 0 || length > LETTERS_MAX {
        return None;
    }
    let slips_max = (length / 3).max(1);
    let rank = |known: &'a str| {
        let slips = strsim::osa_distance(&word, &known.to_lowercase());
        let is_beginning = length > 1 && known.to_lowercase().starts_with(&word);
        // One letter is like every other letter.
        let is_slip = slips <= slips_max && slips < length;
        (is_beginning || is_slip).then_some((slips.min(if is_beginning { 1 } else { slips }), known))
    };
    known.into_iter().filter_map(rank).min_by_key(|(slips, _)| *slips).map(|(_, known)| known)
}

/// Longer words are no slips of what we know, and comparing costs the product of the lengths.
const LETTERS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KNOWN: [&str; 8] = ["join", "part", "msg", "me", "history", "search", "quit", "topic"];

    #[test]
    fn slips_are_understood() {
        for (word, meant) in [
            ("jion", Some("join")),
            ("JOIN", Some("join")),
            ("joni", Some("join")),
            ("serach", Some("search")),
            ("hist", Some("history")),
            ("qiut", Some("quit")),
            ("mgs", Some("msg")),
            ("topics", Some("topic")),
            ("frobnicate", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, KNOWN), meant, "{word}");
        }
    }

    #[test]
    fn the_first_of_equals_is_meant() {
        assert_eq!(nearest("cat", ["hat", "bat"]), Some("hat"));
    }

    proptest! {
        #[test]
        fn any_word_has_an_answer_or_none(word in any::<String>(), known in any::<Vec<String>>()) {
            let found = nearest(&word, known.iter().map(String::as_str));
            prop_assert!(found.is_none_or(|found| known.iter().any(|known| known == found)));
        }

        #[test]
        fn a_known_word_is_itself(index in 0..KNOWN.len()) {
            prop_assert_eq!(nearest(KNOWN[index], KNOWN), Some(KNOWN[index]));
        }
    }
}
