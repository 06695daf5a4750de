//! From texts to words, in any language: the same for what is indexed and for what is looked for.
//!
//! Case, accents, width and colours do not count. Where a script writes words without spaces, each
//! character is a word of its own, and a word is found as a phrase of them. Pure.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::limits;

/// The form of what [`segment`] gives: a number that grows with each change, so that an index that
/// was made before is made anew.
pub const FORM: i64 = 1;

/// The words of a text in their order, a space between two. Each is made of letters, digits and
/// marks, or is one symbol; none has more than [`limits::WORD_CHARS_MAX`] characters.
#[must_use]
pub fn segment(text: &str) -> String {
    let mut cut = Cut { words: String::with_capacity(text.len()), chars: 0 };
    // Nothing reaches over a space, so the long way is only for the parts that need it.
    for part in text.split(' ') {
        if part.bytes().all(is_plain) {
            cut.take_plain(part);
        } else {
            cut.take(part);
        }
        cut.end();
    }
    let len = cut.words.trim_end().len();
    cut.words.truncate(len);
    cut.words
}

/// Whether nothing but case has to be taken off it.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// A text on the way to its words.
struct Cut {
    /// A space behind each.
    words: String,
    /// How long the last one is that has no end yet.
    chars: usize,
}

impl Cut {
    /// Printable ASCII: what [`Cut::take`] would do, a tenth as dear.
    fn take_plain(&mut self, text: &str) {
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() {
                self.push(char::from(byte.to_ascii_lowercase()));
            } else {
                self.end();
            }
        }
    }

    fn take(&mut self, text: &str) {
        let plain = without_format(text);
        let folded = plain.chars().flat_map(char::to_lowercase).nfkd().filter(|c| !is_accent(*c));
        for c in folded.flat_map(char::to_lowercase).nfc().flat_map(fold) {
            if stands_alone(c) {
                self.end();
                self.push(c);
                self.end();
            } else if c.is_alphanumeric() || (is_combining_mark(c) && self.chars > 0) {
                self.push(c);
            } else {
                self.end();
            }
        }
    }

    fn push(&mut self, c: char) {
        if self.chars < limits::WORD_CHARS_MAX {
            self.words.push(c);
        }
        self.chars += 1;
    }

    fn end(&mut self) {
        if self.chars > 0 {
            self.words.push(' ');
        }
        self.chars = 0;
    }
}

/// What somebody looks for: all of these phrases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    phrases: Vec<Phrase>,
}

/// Words that stand one behind the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// The words, never none.
    pub words: Vec<String>,
    /// Whether the last is only the beginning of a word.
    pub is_open: bool,
}

/// Why a text can't be looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// Nothing but spaces and punctuation.
    #[error("There is no word in the text")]
    NoWord,
    /// More than [`limits::SEARCH_WORDS_MAX`].
    #[error("The text has too many words")]
    TooMany,
}

impl Words {
    /// Reads what was typed: words between spaces, each of which may be the beginning of one that is
    /// found if it has two letters, and phrases in quotation marks, which must be there as they are.
    ///
    /// # Errors
    /// [`BadText`].
    pub fn parse(text: &str) -> Result<Self, BadText> {
        let parts: Vec<&str> = text.split('"').collect();
        let mut phrases = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            // A mark that is never closed quotes nothing.
            let is_quoted = index % 2 == 1 && index + 1 < parts.len();
            if is_quoted {
                phrases.extend(Phrase::of(part, true));
            } else {
                phrases.extend(part.split_whitespace().filter_map(|word| Phrase::of(word, false)));
            }
        }
        let words: usize = phrases.iter().map(|phrase| phrase.words.len()).sum();
        match words {
            0 => Err(BadText::NoWord),
            1..=limits::SEARCH_WORDS_MAX => Ok(Self { phrases }),
            _ => Err(BadText::TooMany),
        }
    }

    /// The phrases, at least one; [`limits::SEARCH_WORDS_MAX`] words in all.
    #[must_use]
    pub fn phrases(&self) -> &[Phrase] {
        &self.phrases
    }
}

impl Phrase {
    fn of(text: &str, is_exact: bool) -> Option<Self> {
        let words: Vec<String> = segment(text).split_whitespace().map(str::to_owned).collect();
        let last = words.last()?;
        // One letter begins half of all words; one character of a script without spaces is a word.
        let is_open = !is_exact && last.chars().nth(1).is_some();
        Some(Self { words, is_open })
    }
}

/// Without the bold, the colours and the like that clients put into texts.
/// Source: modern.ircdocs.horse, formatting.
fn without_format(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\u{2}' | '\u{f}' | '\u{11}' | '\u{16}' | '\u{1d}' | '\u{1e}' | '\u{1f}' => {}
            '\u{3}' => rest = skip_colours(rest, 2, char::is_ascii_digit),
            '\u{4}' => rest = skip_colours(rest, 6, char::is_ascii_hexdigit),
            other => plain.push(other),
        }
    }
    plain
}

/// Behind one number of at most so many digits, or two with a comma between them.
fn skip_colours(text: &str, digits_max: usize, is_digit: fn(&char) -> bool) -> &str {
    let digits = |text: &str| text.chars().take(digits_max).take_while(is_digit).count();
    let first = digits(text);
    let rest = &text[first..];
    match rest.strip_prefix(',').map(|second| (second, digits(second))) {
        Some((second, length)) if first > 0 && length > 0 => &second[length..],
        Some(_) | None => rest,
    }
}

/// Marks that say how a letter sounds and not which it is, and what is not seen at all.
fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
        // Hebrew points and Arabic vowels, which most texts leave out, and the stretched line.
        | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}'
        | '\u{610}'..='\u{61a}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        // Soft hyphen, joiners, directions, variation selectors.
        | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0100}'..='\u{e01ef}')
}

/// Letters that have a plainer form, and no mark that could be taken off.
fn fold(c: char) -> impl Iterator<Item = char> {
    let (first, second) = match c {
        'ß' => ('s', Some('s')),
        'æ' => ('a', Some('e')),
        'œ' => ('o', Some('e')),
        'ø' => ('o', None),
        'đ' => ('d', None),
        'ł' => ('l', None),
        'ı' => ('i', None),
        'ς' => ('σ', None),
        other => (other, None),
    };
    std::iter::once(first).chain(second)
}

/// Characters of scripts that put no spaces between words, and pictures.
fn stands_alone(c: char) -> bool {
    matches!(c,
        // Thai, Lao, Tibetan, Burmese, Khmer.
        '\u{e01}'..='\u{eff}' | '\u{f40}'..='\u{fbc}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17dd}'
        // Hangul, kana, bopomofo, Han.
        | '\u{1100}'..='\u{11ff}' | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30fa}'
        | '\u{30fc}'..='\u{312f}' | '\u{31a0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}'
        // Symbols and emoji.
        | '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
#[cfg(test)]
mod tests;
