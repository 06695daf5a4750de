//! What holds of messages, however they are formatted.

use ratatui::style::Style;
use ratatui::text::Span;

use super::{Theme, decode, encode, links, spans};
use crate::client::text;
use crate::tui::theme::{Depth, Ground};
use crate::tui::wrap;

/// A tabulator is four spaces.
const GROWTH_MAX: usize = 4;

/// What is shown moves no terminal and is not much longer than what came; what one sent can be edited without a change;
/// links lie in the text; rows and pieces fit.
pub(crate) fn formatting(bytes: &[u8]) {
    let wire = String::from_utf8_lossy(bytes);
    let shown = shown(&wire);
    for span in &shown {
        assert!(span.content == "\n" || span.content == text::plain(&span.content), "{span:?}");
    }
    let len: usize = shown.iter().map(|span| span.content.len()).sum();
    assert!(len <= GROWTH_MAX * wire.len());
    edited(&wire);
    let mut before = 0;
    for link in links(&wire) {
        assert!(before <= link.start && wire[link.clone()].contains("://"));
        before = link.end;
    }
    for width in [1, 2, 7, 80] {
        for row in wrap::wrap(&shown, width) {
            let columns: usize = row.iter().map(|span| wrap::columns(&span.content)).sum();
            assert!(columns <= width, "{columns} columns in {width}");
        }
        assert!(wrap::columns(&wrap::fit(&wire, width)) <= width);
    }
    pieces(&wire, 4 + usize::from(bytes.first().copied().unwrap_or_default()));
}

fn shown(wire: &str) -> Vec<Span<'static>> {
    spans(wire, Style::new(), &Theme::of(Ground::Dark, Depth::True))
}

fn edited(wire: &str) {
    let typed = decode(wire);
    let again = encode(&typed);
    // A tabulator can be typed; a carriage return and the like are not there to be seen.
    assert_eq!(merged(&again), merged(wire), "{typed:?}");
    for sent in [again, encode(wire)] {
        assert_eq!(encode(&decode(&sent)), sent);
    }
}

/// The spans, equal neighbours together.
fn merged(wire: &str) -> Vec<(String, Style)> {
    let mut all: Vec<(String, Style)> = Vec::new();
    for span in shown(wire) {
        match all.last_mut() {
            Some((text, style)) if *style == span.style => text.push_str(&span.content),
            _ => all.push((span.content.into_owned(), span.style)),
        }
    }
    all
}

fn pieces(text: &str, bytes_max: usize) {
    let split = text::split(text, bytes_max);
    assert!(split.iter().all(|piece| piece.len() <= bytes_max));
    assert_eq!(split.concat().replace(' ', ""), text.replace(' ', ""));
    let cut = text::cut(text, bytes_max);
    assert!(cut.iter().all(|piece| piece.len() <= bytes_max));
    assert_eq!(cut.concat(), text);
}
