//! Words of many languages by example, and what holds for any text.

use super::*;
use proptest::prelude::*;

/// What an index that keeps its promises finds, in the plainest words.
fn is_found(query: &str, text: &str) -> bool {
    let (words, said) = (Words::parse(query).unwrap(), words_of(text));
    words.phrases().iter().all(|phrase| said.windows(phrase.words.len()).any(|part| matches(phrase, part)))
}

fn words_of(text: &str) -> Vec<String> {
    segment(text).split_whitespace().map(str::to_owned).collect()
}

/// All of it by the long way.
fn segment_at_length(text: &str) -> String {
    let mut cut = Cut { words: String::new(), chars: 0 };
    cut.take(text);
    cut.end();
    cut.words.trim_end().to_owned()
}

fn matches(phrase: &Phrase, part: &[String]) -> bool {
    let (last, before) = phrase.words.split_last().unwrap();
    let (said, said_before) = part.split_last().unwrap();
    before == said_before && if phrase.is_open { said.starts_with(last) } else { said == last }
}

#[test]
fn texts_are_cut_into_words() {
    for (text, words) in [
        ("Hello, World!", "hello world"),
        ("  --  ", ""),
        ("don't foo_bar a@b.example 3.5", "don t foo bar a b example 3 5"),
        ("ÀÉÎÕÜ crème BRÛLÉE Ångström", "aeiou creme brulee angstrom"),
        ("Straße Łódź Øre Æon œuvre", "strasse lodz ore aeon oeuvre"),
        ("İstanbul ılık ISPARTA", "istanbul ilik isparta"),
        ("ΌΔΟΣ οδός", "οδοσ οδοσ"),
        ("Москва́ ЁЛКА", "москва елка"),
        ("ＦＵＬＬ ｗｉｄｔｈ ① ﬁne", "full width 1 fine"),
        ("שָׁלוֹם مُحَمَّد كتـــاب", "שלום محمد كتاب"),
        ("東京タワー", "東 京 タ ワ ー"),
        ("ﾄｳｷｮｳが ｶﾞ", "ト ウ キ ョ ウ が ガ"),
        ("한국어 text", "한 국 어 text"),
        ("ภาษา", "ภ า ษ า"),
        ("हिन्दी भाषा", "हिन्दी भाषा"),
        ("go 🚀🚀 now ☕️", "go 🚀 🚀 now ☕"),
        ("he\u{2}ll\u{2}o \u{3}04red\u{3} \u{3}4,12x \u{4}ff0000y", "hello red x y"),
        ("soft\u{ad}hyphen zero\u{200b}width", "softhyphen zerowidth"),
        ("a\"b' OR c* NEAR(d) ^e {f}:g -h", "a b or c near d e f g h"),
    ] {
        assert_eq!(segment(text), words, "{text}");
    }
}

#[test]
fn a_long_word_is_cut() {
    assert_eq!(segment(&"x".repeat(500)), "x".repeat(limits::WORD_CHARS_MAX));
    assert!(is_found(&"x".repeat(500), &"x".repeat(400)));
}

#[test]
fn what_is_typed_finds_what_was_said() {
    for (query, text, found) in [
        ("hello", "Hello there", true),
        ("HELL", "hello", true),
        ("there hello", "hello over there", true),
        ("hello ther", "hello over there", true),
        ("ello", "hello", false),
        ("hello bye", "hello", false),
        ("cafe", "Café", true),
        ("café", "CAFE", true),
        ("\"over there\"", "hello over there", true),
        ("\"hello there\"", "hello over there", false),
        ("\"over the\"", "over there", false),
        ("over \"the", "over there", true),
        ("example.com", "see https://www.example.com/path", true),
        ("example.com", "com.example", false),
        ("京都", "東京都に住む", true),
        ("東都", "東京都", false),
        ("ワー", "東京タワー", true),
        ("국어", "한국어", true),
        ("c", "c and d", true),
        ("c", "code", false),
        ("co", "code", true),
        ("🚀", "up up 🚀", true),
    ] {
        assert_eq!(is_found(query, text), found, "{query:?} in {text:?}");
    }
}

#[test]
fn what_has_no_word_or_too_many_is_refused() {
    for text in ["", " ", "!?", "\"\"", "\" \"", "—…"] {
        assert_eq!(Words::parse(text), Err(BadText::NoWord), "{text:?}");
    }
    let many = |count| "word ".repeat(count);
    assert!(Words::parse(&many(limits::SEARCH_WORDS_MAX)).is_ok());
    assert_eq!(Words::parse(&many(limits::SEARCH_WORDS_MAX + 1)), Err(BadText::TooMany));
}

proptest! {
    #[test]
    fn each_word_of_any_text_finds_it(text in "\\PC{0,60}") {
        for word in text.split_whitespace() {
            if Words::parse(word).is_ok() {
                prop_assert!(is_found(word, &text), "{word:?} in {text:?}: {:?}", segment(&text));
            }
        }
    }

    #[test]
    fn each_part_of_a_text_without_spaces_finds_it(text in "[ぁ-ゖ一-龥가-힣]{1,20}", cut in 0..20_usize) {
        let part: String = text.chars().skip(cut % text.chars().count()).take(3).collect();
        prop_assert!(is_found(&part, &text), "{part} in {text}");
    }

    #[test]
    fn words_are_never_more_than_letters_and_symbols(text in any::<String>()) {
        for word in words_of(&text) {
            prop_assert!(word.chars().count() <= limits::WORD_CHARS_MAX);
            prop_assert!(word.bytes().all(|b| !b.is_ascii() || b.is_ascii_alphanumeric()), "{word:?}");
        }
    }

    #[test]
    fn there_is_no_space_but_between_two_words(text in any::<String>()) {
        let words = segment(&text);
        prop_assert!(words.split(' ').all(|word| !word.is_empty()) || words.is_empty(), "{words:?}");
    }

    #[test]
    fn the_short_way_and_the_long_one_give_the_same(
        text in "([ -~]|[ a-zA-Z0-9.,'éßİﬁ①京カﾞ´्ُ́ด☕\u{2}\u{3}\u{4}\u{f}\u{ad}\u{200d}\u{301}\u{327}\n\t]){0,80}"
    ) {
        prop_assert_eq!(segment(&text), segment_at_length(&text));
    }

    #[test]
    fn the_short_way_is_right_for_any_text(parts in prop::collection::vec(any::<String>(), 0..6)) {
        let text = parts.join(" ");
        prop_assert_eq!(segment(&text), segment_at_length(&text));
    }

    #[test]
    fn cutting_again_changes_nothing(text in "\\PC{0,60}") {
        let words = segment(&text);
        prop_assert_eq!(segment(&words), words);
    }
}
