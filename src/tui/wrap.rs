//! Styled text cut into rows of a width: between words where that is possible, never in a grapheme.
//!
//! Counts columns as the screen does. Knows no terminal.

use ratatui::style::Style;
use ratatui::text::Span;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr;

/// One grapheme.
#[derive(Clone, Copy)]
struct Cell<'a> {
    text: &'a str,
    width: usize,
    style: Style,
}

/// The rows of a text, at least one; a line feed begins a new one. Nothing is lost but spaces at a
/// cut and graphemes that are wider than the width.
#[must_use]
pub fn wrap(spans: &[Span<'_>], width: usize) -> Vec<Vec<Span<'static>>> {
    let width = width.max(1);
    let mut rows = Vec::new();
    let mut cells = Vec::new();
    for span in spans {
        for grapheme in span.content.graphemes(true) {
            if grapheme.contains('\n') {
                cut(&cells, width, &mut rows);
                cells.clear();
                continue;
            }
            let cell = Cell { text: grapheme, width: grapheme.width(), style: span.style };
            if cell.width <= width {
                cells.push(cell);
            }
        }
    }
    cut(&cells, width, &mut rows);
    rows
}

/// How many columns a text takes.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// The beginning of a text that fits; a cut is shown by `…`.
#[must_use]
pub fn fit(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut fitted = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        used += grapheme.width();
        if used + 1 > width {
            break;
        }
        fitted.push_str(grapheme);
    }
    if width > 0 {
        fitted.push('…');
    }
    fitted
}

fn cut(cells: &[Cell<'_>], width: usize, rows: &mut Vec<Vec<Span<'static>>>) {
    let mut rest = cells;
    loop {
        let mut used = 0;
        let fitting = rest.iter().take_while(|cell| {
            used += cell.width;
            used <= width
        });
        let fitting = fitting.count();
        if fitting >= rest.len() {
            return rows.push(spans(rest));
        }
        let is_space = |index: &usize| rest[*index].text == " ";
        // A space directly behind the row is a cut between words as well.
        let space = (1..=fitting).rev().find(is_space);
        // Spaces in front set a row in; they are no row.
        let space = space.filter(|space| rest[..*space].iter().any(|cell| cell.text != " "));
        let (row, after) = match space {
            Some(space) => (space, space + 1),
            None => (fitting.max(1), fitting.max(1)),
        };
        rows.push(spans(&rest[..row]));
        rest = &rest[after..];
    }
}

fn spans(cells: &[Cell<'_>]) -> Vec<Span<'static>> {
    let mut spans: Vec<Span<'static>> = Vec::new();
    for cell in cells {
        match spans.last_mut() {
            Some(last) if last.style == cell.style => last.content.to_mut().push_str(cell.text),
            _ => spans.push(Span::styled(cell.text.to_owned(), cell.style)),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str, width: usize) -> Vec<String> {
        let rows = wrap(&[Span::raw(text)], width);
        rows.iter().map(|row| row.iter().map(|span| span.content.as_ref()).collect()).collect()
    }

    #[test]
    fn words_stay_whole_where_they_can() {
        for (text, width, wanted) in [
            ("", 10, vec![""]),
            ("hello big world", 10, vec!["hello big", "world"]),
            ("hello world", 5, vec!["hello", "world"]),
            ("0123456789", 4, vec!["0123", "4567", "89"]),
            ("one\n\ntwo", 10, vec!["one", "", "two"]),
            ("日本語", 4, vec!["日本", "語"]),
            ("日本", 1, vec![""]),
            ("a 👩‍👩‍👧 b", 4, vec!["a 👩‍👩‍👧", "b"]),
            ("🇩🇪🇫🇷", 2, vec!["🇩🇪", "🇫🇷"]),
        ] {
            assert_eq!(rows(text, width), wanted, "{text:?} at {width}");
        }
    }

    #[test]
    fn what_does_not_fit_is_cut_with_a_sign() {
        for (text, width, wanted) in
            [("bob", 3, "bob"), ("bobby", 3, "bo…"), ("日本語", 4, "日…"), ("x", 0, "")]
        {
            assert_eq!(fit(text, width), wanted);
        }
    }

    proptest! {
        #[test]
        fn no_row_is_too_wide(text in any::<String>(), width in 1_usize..40) {
            for row in rows(&text, width) {
                prop_assert!(columns(&row) <= width, "{:?}", row);
            }
        }
    }
}
