//! A line as it was typed, with its marks, read into pieces. From left to right and once: O(length).
//!
//! Source: CommonMark, sections "Emphasis" and "Code spans", with one rule more: a mark within a word
//! is text.

use std::collections::HashMap;

use super::code::{Look, Piece, push};
use super::ink::Ink;

/// The pieces that a line means.
pub(super) fn read(line: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut look = Look::default();
    let mut names = Look::default();
    for part in Scan::parts(line) {
        match part {
            Part::Text(text) => push(&mut pieces, over(&names, &look), text),
            Part::Code(text) => push(&mut pieces, Look { mono: true, ..over(&names, &look) }, text),
            Part::Named(look) => names = look,
            Part::Marked(mark, Side::None) => push(&mut pieces, over(&names, &look), mark.text()),
            Part::Marked(mark, side) => *mark.switch(&mut look) = side == Side::Open,
        }
    }
    pieces
}

/// What the name in braces at the beginning of a text adds to the look, nothing for `{/}`, which ends
/// all that were added; and what follows it.
pub(super) fn named_look(text: &str) -> Option<(Option<Look>, &str)> {
    const LENGTH_MAX: usize = 32;
    let inner = text.strip_prefix('{')?;
    let end = inner.bytes().take(LENGTH_MAX).position(|byte| byte == b'}')?;
    let ink = |word: &str| if word == "default" { Some(None) } else { Ink::parse(word).map(Some) };
    let mut look = Look::default();
    match &inner[..end] {
        "/" => return Some((None, &inner[end + 1..])),
        "bold" => look.bold = true,
        "italic" => look.italic = true,
        "underline" => look.underline = true,
        "strike" => look.strike = true,
        "code" => look.mono = true,
        "reverse" => look.reverse = true,
        word => match word.split_once(',') {
            Some((front, back)) => (look.fg, look.bg) = (ink(front)?, ink(back)?),
            None => look.fg = ink(word)?,
        },
    }
    Some((Some(look), &inner[end + 1..]))
}

/// Both looks together; the colours of the second go first. A ground of any colour without a colour of
/// the text can't be sent.
fn over(under: &Look, over: &Look) -> Look {
    let fg = over.fg.or(under.fg);
    let bg = over.bg.or(under.bg).filter(|bg| fg.is_some() || matches!(bg, Ink::Number(_)));
    Look {
        bold: under.bold || over.bold,
        italic: under.italic || over.italic,
        underline: under.underline || over.underline,
        strike: under.strike || over.strike,
        mono: under.mono || over.mono,
        reverse: under.reverse || over.reverse,
        fg,
        bg,
    }
}

/// A mark that opens and closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Bold,
    Italic,
    Strike,
}

impl Mark {
    pub(super) const ALL: [Self; 3] = [Self::Strike, Self::Bold, Self::Italic];

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Bold => "**",
            Self::Italic => "*",
            Self::Strike => "~~",
        }
    }

    pub(super) fn switch(self, look: &mut Look) -> &mut bool {
        match self {
            Self::Bold => &mut look.bold,
            Self::Italic => &mut look.italic,
            Self::Strike => &mut look.strike,
        }
    }

    pub(super) fn is_in(self, look: &Look) -> bool {
        let mut look = *look;
        *self.switch(&mut look)
    }
}

/// A part of a line.
enum Part<'a> {
    Text(&'a str),
    Code(&'a str),
    /// What the names in braces up to here make of the look.
    Named(Look),
    Marked(Mark, Side),
}

/// What a mark does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// It is text.
    None,
    Open,
    Close,
}

/// A line being taken apart.
struct Scan<'a> {
    line: &'a str,
    parts: Vec<Part<'a>>,
    /// Marks that may yet be closed, and which part each is.
    open: Vec<(Mark, usize)>,
    names: Look,
    /// Up to here all is in parts.
    done: usize,
    /// Where the last run of so many backticks begins.
    last_ticks: HashMap<usize, usize>,
}

impl<'a> Scan<'a> {
    fn parts(line: &'a str) -> Vec<Part<'a>> {
        let (parts, open, names) = (Vec::new(), Vec::new(), Look::default());
        let mut scan = Self { line, parts, open, names, done: 0, last_ticks: last_ticks(line) };
        let mut at = 0;
        while let Some(found) = line[at..].find(['\\', '*', '~', '`', '{']) {
            at = scan.special(at + found);
        }
        scan.text_up_to(line.len());
        scan.parts
    }

    /// Reads a special character, and gives where to go on.
    fn special(&mut self, at: usize) -> usize {
        let rest = &self.line[at..];
        match rest.as_bytes()[0] {
            b'\\' => self.backslashes(at),
            b'`' => self.code(at),
            b'{' => match named_look(rest) {
                Some((look, after)) => {
                    let after = self.line.len() - after.len();
                    self.names = look.map_or(Look::default(), |look| over(&self.names, &look));
                    self.text_up_to(at);
                    self.add(Part::Named(self.names), after)
                }
                None => at + 1,
            },
            byte => self.marks(at, run(rest, byte)),
        }
    }

    /// In front of a mark, each second backslash is text, and an odd one makes the mark text.
    fn backslashes(&mut self, at: usize) -> usize {
        let count = run(&self.line[at..], b'\\');
        let after = at + count;
        let rest = &self.line[after..];
        if !rest.starts_with(['*', '~', '`']) && named_look(rest).is_none() {
            return after;
        }
        self.text_up_to(at + count / 2);
        self.done = after;
        // The mark's first byte is text if it is escaped; an escaped run goes on behind it.
        if count % 2 == 1 { after + 1 } else { after }
    }

    fn code(&mut self, at: usize) -> usize {
        let ticks = run(&self.line[at..], b'`');
        let inside = at + ticks;
        if self.last_ticks.get(&ticks).is_none_or(|last| *last <= at) {
            return inside;
        }
        let mut end = inside;
        while let Some(found) = self.line[end..].find('`') {
            end += found;
            let length = run(&self.line[end..], b'`');
            if length == ticks {
                self.text_up_to(at);
                return self.add(Part::Code(unpadded(&self.line[inside..end])), end + ticks);
            }
            end += length;
        }
        inside
    }

    /// A run of asterisks or tildes.
    fn marks(&mut self, at: usize, count: usize) -> usize {
        let rest = &self.line[at..];
        let end = at + count;
        let is_star = rest.starts_with('*');
        let (before, after) = (self.line[..at].chars().next_back(), self.line[end..].chars().next());
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let is_text = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace());
        let closes = is_text(before) && !is_word(after);
        let opens = is_text(after) && !is_word(before);
        if count > if is_star { 3 } else { 2 } || !is_star && count == 1 {
            return end;
        }
        let mut at = at;
        while at < end {
            let left = end - at;
            let fits = |mark: Mark| mark.text().len() <= left && rest.starts_with(mark.text());
            let closed = self.open.iter().rposition(|(mark, _)| fits(*mark)).filter(|_| closes);
            let fresh = |mark: &Mark| fits(*mark) && self.open.iter().all(|(open, _)| open != mark);
            let side = match (closed, Mark::ALL.into_iter().find(fresh).filter(|_| opens)) {
                (Some(index), _) => {
                    let (mark, part) = self.open[index];
                    self.parts[part] = Part::Marked(mark, Side::Open);
                    self.open.truncate(index);
                    Some((mark, Side::Close))
                }
                (None, Some(mark)) => Some((mark, Side::None)),
                (None, None) => None,
            };
            let Some((mark, side)) = side else { break };
            self.text_up_to(at);
            if side == Side::None {
                self.open.push((mark, self.parts.len()));
            }
            at = self.add(Part::Marked(mark, side), at + mark.text().len());
        }
        end
    }

    fn text_up_to(&mut self, end: usize) {
        if self.done < end {
            self.parts.push(Part::Text(&self.line[self.done..end]));
            self.done = end;
        }
    }

    fn add(&mut self, part: Part<'a>, end: usize) -> usize {
        self.parts.push(part);
        self.done = end;
        end
    }
}

/// How often a byte stands at the beginning of a text.
fn run(text: &str, byte: u8) -> usize {
    text.bytes().take_while(|b| *b == byte).count()
}

fn last_ticks(line: &str) -> HashMap<usize, usize> {
    let mut last = HashMap::new();
    let mut at = 0;
    while let Some(found) = line[at..].find('`') {
        let length = run(&line[at + found..], b'`');
        last.insert(length, at + found);
        at += found + length;
    }
    last
}

/// Without the spaces that keep backticks at the edge apart from those around the code.
fn unpadded(code: &str) -> &str {
    let inner = code.strip_prefix(' ').and_then(|code| code.strip_suffix(' '));
    inner.filter(|_| code.contains(|c| c != ' ')).unwrap_or(code)
}
