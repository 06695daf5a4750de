//! Text from the network and for the network: made harmless to show, cut to fit.
//!
//! What [`plain`] returns can be written to any terminal; nothing else from the network may be.

/// Removes what is no text: control characters, escape sequences' beginnings, mIRC formatting, and
/// the invisible characters that turn the direction of writing.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{3}' => skip_colours(&mut chars, 2, char::is_ascii_digit),
            '\u{4}' => skip_colours(&mut chars, 6, char::is_ascii_hexdigit),
            '\t' => out.push(' '),
            c if c.is_control() || turns_direction(c) || is_separator(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// mIRC colours: up to so many digits, and after a comma as many again.
fn skip_colours(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    digits_max: usize,
    is_digit: fn(&char) -> bool,
) {
    let skip = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
        (0..digits_max).take_while(|_| chars.next_if(is_digit).is_some()).count()
    };
    if skip(chars) == 0 {
        return;
    }
    let mut ahead = chars.clone();
    if ahead.next() == Some(',') && ahead.next().is_some_and(|c| is_digit(&c)) {
        chars.next();
        skip(chars);
    }
}

/// Bidirectional controls, with which one text can be made to look like another.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Line and paragraph separators: a message is one line.
fn is_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Cuts a text into pieces of at most so many bytes (at least 4): between words where there is a
/// space in the last half of the piece, else between characters. A space at a cut is left out.
#[must_use]
pub fn split(text: &str, bytes_max: usize) -> Vec<&str> {
    let bytes_max = bytes_max.max(4);
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > bytes_max {
        let end = rest.floor_char_boundary(bytes_max);
        // A space directly behind the piece is a cut between words as well.
        let window_end = if rest[end..].starts_with(' ') { end + 1 } else { end };
        let cut = rest[..window_end].rfind(' ').filter(|cut| *cut >= bytes_max / 2);
        let (piece, after) = match cut {
            Some(cut) => (&rest[..cut], &rest[cut + 1..]),
            None => rest.split_at(end),
        };
        pieces.push(piece);
        rest = after;
    }
    if !rest.is_empty() || pieces.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// Cuts a text into pieces of at most so many bytes (at least 4) that are the text again when they are
/// joined: behind a space where there is one in the last half of the piece.
#[must_use]
pub fn cut(text: &str, bytes_max: usize) -> Vec<&str> {
    let bytes_max = bytes_max.max(4);
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > bytes_max {
        let end = rest.floor_char_boundary(bytes_max);
        let space = rest[..end].rfind(' ').filter(|space| *space >= bytes_max / 2);
        let (piece, after) = rest.split_at(space.map_or(end, |space| space + 1));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formatting_and_escapes_are_taken_away() {
        let table = [
            ("\u{2}bold\u{f} \u{1d}it\u{1d} \u{1f}under\u{1f} \u{16}rev", "bold it under rev"),
            ("\u{3}04red\u{3} \u{3}4,12both \u{3},x \u{3}123", "red both ,x 3"),
            ("\u{4}ff0000red \u{4}00ff00,0000ffx", "red x"),
            ("\u{1b}[31mred\u{1b}]0;title\u{7}", "[31mred]0;title"),
            ("\u{9b}2Jx\u{7f}\u{85}", "2Jx"),
            ("a\tb\rc\nd", "a bcd"),
            ("\u{202e}evil\u{2066}", "evil"),
            ("grüße 👩‍👩‍👧", "grüße 👩‍👩‍👧"),
        ];
        for (wire, shown) in table {
            assert_eq!(plain(wire), shown);
        }
    }

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(split("hello", 10), ["hello"]);
        assert_eq!(split("", 10), [""]);
        assert_eq!(split("hello big world", 10), ["hello big", "world"]);
        assert_eq!(split("hello worlds", 11), ["hello", "worlds"]);
        assert_eq!(split("0123456789 abc", 10), ["0123456789", "abc"]);
        assert_eq!(split("0123456789abc", 10), ["0123456789", "abc"]);
        assert_eq!(split("ééé", 5), ["éé", "é"]);
    }

    proptest! {
        #[test]
        fn nothing_that_moves_a_terminal_gets_through(text in any::<String>()) {
            let shown = plain(&text);
            prop_assert!(!shown.chars().any(char::is_control), "{:?}", shown);
        }

        #[test]
        fn pieces_fit_and_lose_nothing_but_spaces(text in "[a-zé👩 ]{0,200}", bytes_max in 4_usize..60) {
            let pieces = split(&text, bytes_max);
            prop_assert!(pieces.iter().all(|piece| piece.len() <= bytes_max));
            let without_spaces = |text: &str| text.replace(' ', "");
            prop_assert_eq!(without_spaces(&pieces.concat()), without_spaces(&text));
            let whole = cut(&text, bytes_max);
            prop_assert!(whole.iter().all(|piece| piece.len() <= bytes_max));
            prop_assert_eq!(whole.concat(), text);
        }
    }
}
