//! Formatting as it is on the wire, read and written, one line at a time.
//!
//! Source: modern.ircdocs.horse/formatting.

use super::ink::{DEFAULT, Ink};

const BOLD: char = '\u{2}';
const COLOR: char = '\u{3}';
const HEX: char = '\u{4}';
const RESET: char = '\u{f}';
const MONO: char = '\u{11}';
const REVERSE: char = '\u{16}';
const ITALIC: char = '\u{1d}';
const STRIKE: char = '\u{1e}';
const UNDERLINE: char = '\u{1f}';

/// How a piece of text is formatted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own on the wire")]
pub(super) struct Look {
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) underline: bool,
    pub(super) strike: bool,
    pub(super) mono: bool,
    pub(super) reverse: bool,
    pub(super) fg: Option<Ink>,
    pub(super) bg: Option<Ink>,
}

/// A text in one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) look: Look,
}

impl Look {
    /// The same with both colours of one kind: there is no way to write them otherwise.
    fn evened(self) -> Self {
        let full = |ink: Ink| {
            let (r, g, b) = ink.rgb();
            Ink::Rgb(r, g, b)
        };
        match (self.fg, self.bg) {
            (Some(front @ Ink::Rgb(..)), Some(back @ Ink::Number(_)))
            | (Some(front @ Ink::Number(_)), Some(back @ Ink::Rgb(..))) => {
                Self { fg: Some(full(front)), bg: Some(full(back)), ..self }
            }
            (Some(_) | None, Some(_) | None) => self,
        }
    }
}

/// Adds to the last piece where the look is the same.
pub(super) fn push(pieces: &mut Vec<Piece>, look: Look, text: &str) {
    let look = look.evened();
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.look == look => last.text.push_str(text),
        _ => pieces.push(Piece { text: text.to_owned(), look }),
    }
}

/// Reads a line. No piece is empty, and none has a control character but tabulators.
pub(super) fn read(line: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut look = Look::default();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        if !c.is_control() || c == '\t' {
            let end = rest.find(|c: char| c.is_control() && c != '\t').unwrap_or(rest.len());
            push(&mut pieces, look, &rest[..end]);
            rest = &rest[end..];
            continue;
        }
        rest = match c {
            COLOR => read_color(after, &mut look, 1..=2, |digits| match digits.parse() {
                Ok(number) if number < DEFAULT => Some(Ink::Number(number)),
                Ok(_) | Err(_) => None,
            }),
            HEX => read_color(after, &mut look, 6..=6, Ink::hex),
            RESET => {
                look = Look::default();
                after
            }
            c => {
                if let Some(switch) = switch(&mut look, c) {
                    *switch = !*switch;
                }
                after
            }
        };
    }
    pieces
}

fn switch(look: &mut Look, code: char) -> Option<&mut bool> {
    match code {
        BOLD => Some(&mut look.bold),
        ITALIC => Some(&mut look.italic),
        UNDERLINE => Some(&mut look.underline),
        STRIKE => Some(&mut look.strike),
        MONO => Some(&mut look.mono),
        REVERSE => Some(&mut look.reverse),
        _ => None,
    }
}

/// Reads what follows a colour code, and gives what follows that. A ground of any colour needs a colour
/// of the text beside it: there is no way to write it without.
fn read_color<'a>(
    text: &'a str,
    look: &mut Look,
    digits: std::ops::RangeInclusive<usize>,
    ink: fn(&str) -> Option<Ink>,
) -> &'a str {
    let is_digit: fn(&u8) -> bool =
        if *digits.end() > 2 { u8::is_ascii_hexdigit } else { u8::is_ascii_digit };
    let number = |text: &'a str| {
        let length = text.bytes().take(*digits.end()).take_while(is_digit).count();
        digits.contains(&length).then(|| text.split_at(length))
    };
    let Some((front, rest)) = number(text) else {
        (look.fg, look.bg) = (None, None);
        return text;
    };
    look.fg = ink(front);
    let back = rest.strip_prefix(',').and_then(number);
    if let Some((back, _)) = back {
        look.bg = ink(back);
    }
    if let (None, Some(Ink::Rgb(..))) = (look.fg, look.bg) {
        look.bg = None;
    }
    back.map_or(rest, |(_, rest)| rest)
}

/// Writes a line with the fewest codes; [`read`] gives the same pieces.
pub(super) fn write(pieces: &[Piece]) -> String {
    let mut line = String::new();
    let mut before = Look::default();
    for piece in pieces {
        change(&mut line, &before, &piece.look, &piece.text);
        line.push_str(&piece.text);
        before = piece.look;
    }
    line
}

fn change(line: &mut String, before: &Look, look: &Look, text: &str) {
    if look == before {
        return;
    }
    if *look == Look::default() {
        return line.push(RESET);
    }
    let mut before = *before;
    let mut digits: fn(char) -> bool = |_| false;
    if (before.bg.is_some() && look.bg.is_none()) || (before.fg.is_some() && look.fg.is_none()) {
        line.push(COLOR);
        (before.fg, before.bg) = (None, None);
        digits = |c| c.is_ascii_digit();
    }
    if (before.fg, before.bg) != (look.fg, look.bg) {
        line.push_str(&color(look));
        digits = |c| c == ',';
    }
    let start = line.len();
    for (was, is, code) in [
        (before.bold, look.bold, BOLD),
        (before.italic, look.italic, ITALIC),
        (before.underline, look.underline, UNDERLINE),
        (before.strike, look.strike, STRIKE),
        (before.mono, look.mono, MONO),
        (before.reverse, look.reverse, REVERSE),
    ] {
        if was != is {
            line.push(code);
        }
    }
    // What could be taken for more of the colour is kept apart from it.
    if start == line.len() && text.starts_with(digits) {
        line.extend([BOLD, BOLD]);
    }
}

fn color(look: &Look) -> String {
    match (look.fg, look.bg) {
        (None, None) => String::new(),
        (Some(Ink::Number(front)), None) => format!("{COLOR}{front:02}"),
        (Some(Ink::Number(front)), Some(Ink::Number(back))) => format!("{COLOR}{front:02},{back:02}"),
        (None, Some(Ink::Number(back))) => format!("{COLOR}{DEFAULT},{back:02}"),
        (None, Some(Ink::Rgb(..))) => String::new(),
        (Some(front), back) => {
            let hex = |ink: Ink| {
                let (r, g, b) = ink.rgb();
                format!("{r:02x}{g:02x}{b:02x}")
            };
            let back = back.map(|back| format!(",{}", hex(back))).unwrap_or_default();
            format!("{HEX}{}{back}", hex(front))
        }
    }
}
