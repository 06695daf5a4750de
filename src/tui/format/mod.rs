//! What messages look like: formatting of the network, links, and the marks that people type.
//!
//! Everything is total and costs O(length). What leaves [`spans`] is clean: no control character and
//! nothing that turns the direction of writing, whatever the network sent.
//!
//! Sources: modern.ircdocs.horse/formatting for the codes; CommonMark for the marks, the few of them
//! that are taken over.

mod code;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod ink;
mod link;
mod mark;
#[cfg(test)]
mod tests;
mod typed;

use std::ops::Range;

use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

pub use link::links;
pub use mark::{decode, encode};

use super::theme::{Role, Theme};
use crate::client::text;
use code::{Look, Piece};

/// A message as spans: formatted, with links and code in their roles. Line feeds are kept, a
/// formatting ends with its line; a tabulator is four spaces.
#[must_use]
pub fn spans(wire: &str, base: Style, theme: &Theme) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    for (number, line) in wire.split('\n').enumerate() {
        if number > 0 {
            spans.push(Span::styled("\n", base));
        }
        let clean = |piece: Piece| Piece { text: text::plain(&piece.text.replace('\t', TAB)), ..piece };
        let pieces: Vec<_> = code::read(line).into_iter().map(clean).collect();
        let plain: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        let mut links = links(&plain).into_iter().peekable();
        let mut start = 0;
        for piece in &pieces {
            let style = style(&piece.look, base, theme);
            let end = start + piece.text.len();
            while start < end {
                while links.next_if(|link| link.end <= start).is_some() {}
                let (stop, linked) = next_stop(start, end, links.peek());
                let style = if linked { style.patch(theme.style(Role::Link)) } else { style };
                spans.push(Span::styled(plain[start..stop].to_owned(), style));
                start = stop;
            }
        }
    }
    spans
}

const TAB: &str = "    ";

/// Where the style changes next because a link begins or ends, and whether up to there is a link.
fn next_stop(start: usize, end: usize, link: Option<&Range<usize>>) -> (usize, bool) {
    match link {
        Some(link) if link.start <= start => (link.end.min(end), true),
        Some(link) => (link.start.min(end), false),
        None => (end, false),
    }
}

fn style(look: &Look, base: Style, theme: &Theme) -> Style {
    let mut style = base;
    if look.mono {
        style = style.patch(theme.style(Role::Code));
    }
    for (is_on, modifier) in [
        (look.bold, Modifier::BOLD),
        (look.italic, Modifier::ITALIC),
        (look.underline, Modifier::UNDERLINED),
        (look.strike, Modifier::CROSSED_OUT),
        (look.reverse, Modifier::REVERSED),
    ] {
        if is_on {
            style = style.add_modifier(modifier);
        }
    }
    // On a ground that the sender chose, the colour is theirs too: hidden text stays hidden.
    let front = look.fg.and_then(|ink| match look.bg {
        Some(_) => theme.color(ink.color()),
        None => theme.readable(ink.rgb()),
    });
    let back = look.bg.and_then(|ink| theme.color(ink.color()));
    Style { fg: front.or(style.fg), bg: back.or(style.bg), ..style }
}
