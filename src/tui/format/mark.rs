//! Formatting as people type it: marks made into codes for the wire, and codes into marks.
//!
//! `**bold**`, `*italic*`, `~~strike~~` and code in backticks work where CommonMark has them work;
//! a mark in a word, or one that is not closed on its line, is text. What has no mark has a name in
//! braces, `{red}`, up to `{/}` or the end of the line. A backslash in front makes a mark text.

use super::code::{Look, Piece, read, write};
use super::ink::Ink;
use super::typed::{self, Mark, named_look};

const FENCE: &str = "```";

/// What is sent for what was typed; lines stay lines, but the fences around a block of code.
#[must_use]
pub fn encode(typed: &str) -> String {
    let typed: String = typed.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let lines: Vec<&str> = typed.split('\n').collect();
    let mut sent: Vec<String> = Vec::new();
    let mut next_fence = 0;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        if opens_block(line) {
            // Looked for once over all: what lies before the next fence has none.
            if next_fence < at {
                next_fence = (at..lines.len()).find(|at| closes_block(lines[*at])).unwrap_or(usize::MAX);
            }
            if let Some(block) = lines.get(at..next_fence) {
                let written =
                    |line: &&str| if line.is_empty() { String::new() } else { write(&[code(line)]) };
                sent.extend(block.iter().map(written));
                at = next_fence + 1;
                continue;
            }
        }
        sent.push(write(&typed::read(line)));
    }
    sent.join("\n")
}

/// What to type to send this: for a message that is edited.
#[must_use]
pub fn decode(wire: &str) -> String {
    let lines: Vec<Vec<Piece>> = wire.split('\n').map(read).collect();
    let mut typed: Vec<String> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let block = if lines[at].is_empty() { 0 } else { block_len(&lines[at..]) };
        if block > 1 {
            typed.push(FENCE.into());
            let text = |line: &Vec<Piece>| line.iter().map(|piece| piece.text.as_str()).collect();
            typed.extend(lines[at..at + block].iter().map(text));
            typed.push(FENCE.into());
            at += block;
        } else {
            typed.push(typed_line(&lines[at]));
            at += 1;
        }
    }
    typed.join("\n")
}

/// How many lines can stand in one block of code, empty ones at its end left out. No empty line is asked for, so that
/// no stretch of them is gone through twice.
fn block_len(lines: &[Vec<Piece>]) -> usize {
    let block = lines.iter().take_while(|line| is_code(line)).count();
    lines[..block].iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1)
}

fn opens_block(line: &str) -> bool {
    line.trim_start().strip_prefix(FENCE).is_some_and(|language| !language.contains('`'))
}

fn closes_block(line: &str) -> bool {
    line.trim() == FENCE
}

fn code(line: &str) -> Piece {
    Piece { text: line.to_owned(), look: Look { mono: true, ..Look::default() } }
}

/// Whether a line can stand in a block of code.
fn is_code(line: &[Piece]) -> bool {
    match line {
        [] => true,
        [piece] => *piece == code(&piece.text) && !closes_block(&piece.text),
        _ => false,
    }
}

/// The simplest line that means these pieces.
fn typed_line(pieces: &[Piece]) -> String {
    let wanted = write(pieces);
    let ways = [
        marked(pieces, |_, _| false),
        marked(pieces, |c, _| matches!(c, '*' | '~' | '`')),
        marked(pieces, |c, rest| matches!(c, '*' | '~' | '`') || c == '{' && named_look(rest).is_some()),
    ];
    let is_right = |line: &String| !opens_block(line) && write(&typed::read(line)) == wanted;
    ways.into_iter().find(is_right).unwrap_or_else(|| named(pieces))
}

/// With marks where there are any.
fn marked(pieces: &[Piece], is_escaped: fn(char, &str) -> bool) -> String {
    let mut line = String::new();
    let mut open: Vec<Mark> = Vec::new();
    let mut named = Look::default();
    for piece in pieces {
        let kept = open.iter().take_while(|mark| mark.is_in(&piece.look)).count();
        for mark in open.drain(kept..).rev() {
            add_mark(&mut line, mark.text());
        }
        let mut rest = piece.look;
        for mark in Mark::ALL {
            *mark.switch(&mut rest) = false;
        }
        rest.mono = false;
        name(&mut line, &named, &rest);
        named = rest;
        for mark in Mark::ALL {
            if mark.is_in(&piece.look) && !open.contains(&mark) {
                add_mark(&mut line, mark.text());
                open.push(mark);
            }
        }
        if piece.look.mono {
            add_mark(&mut line, &ticked(&piece.text));
        } else {
            escape(&mut line, &piece.text, is_escaped);
        }
    }
    for mark in open.iter().rev() {
        add_mark(&mut line, mark.text());
    }
    line
}

/// Backslashes in front of a mark are read in pairs.
fn add_mark(line: &mut String, mark: &str) {
    let slashes = line.bytes().rev().take_while(|byte| *byte == b'\\').count();
    line.extend(std::iter::repeat_n('\\', slashes));
    line.push_str(mark);
}

/// Code between so many backticks that none of its own ends it.
fn ticked(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    let is_edged = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']);
    let space = if is_edged && text.contains(|c| c != ' ') { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// With nothing but names in braces; always right.
fn named(pieces: &[Piece]) -> String {
    let mut line = String::new();
    let mut before = Look::default();
    for piece in pieces {
        name(&mut line, &before, &piece.look);
        escape(&mut line, &piece.text, |c, rest| {
            matches!(c, '*' | '~' | '`') || c == '{' && named_look(rest).is_some()
        });
        before = piece.look;
    }
    line
}

fn escape(line: &mut String, text: &str, is_escaped: fn(char, &str) -> bool) {
    let mut slashes = 0;
    for (at, c) in text.char_indices() {
        if is_escaped(c, &text[at..]) {
            line.extend(std::iter::repeat_n('\\', slashes + 1));
        }
        slashes = if c == '\\' { slashes + 1 } else { 0 };
        line.push(c);
    }
}

/// Goes from one look to another in braces.
fn name(line: &mut String, before: &Look, look: &Look) {
    if before == look {
        return;
    }
    let mut names = String::new();
    if *before != Look::default() {
        names.push_str("{/}");
    }
    for (is_on, name) in [
        (look.bold, "bold"),
        (look.italic, "italic"),
        (look.underline, "underline"),
        (look.strike, "strike"),
        (look.mono, "code"),
        (look.reverse, "reverse"),
    ] {
        if is_on {
            names.push_str(&format!("{{{name}}}"));
        }
    }
    let ink = |ink: Option<Ink>| ink.map_or_else(|| "default".into(), Ink::name);
    match (look.fg, look.bg) {
        (None, None) => {}
        (front, None) => names.push_str(&format!("{{{}}}", ink(front))),
        (front, back) => names.push_str(&format!("{{{},{}}}", ink(front), ink(back))),
    }
    add_mark(line, &names);
}
