//! Moving over the lines of a conversation, row by row, at a width and a height.
//!
//! Walks from where one is; never over the whole history.

use super::conversation::Anchor;
use super::rows::{Row, Rows};
use super::scrollback::{Key, Place};

/// Goes up by so many rows, at most until the first row stands at the top.
#[must_use]
pub fn up(rows: Rows<'_>, anchor: Anchor, count: usize, height: usize) -> Anchor {
    let Some((mut place, hidden)) = start(rows, anchor) else {
        return Anchor::End;
    };
    let mut hidden = hidden + count;
    loop {
        let tall = rows.of(place).len();
        if hidden < tall {
            break;
        }
        match rows.lines.before(place) {
            Some(before) => {
                hidden -= tall;
                place = before;
            }
            None => {
                hidden = tall.saturating_sub(1);
                break;
            }
        }
    }
    let missing = height.saturating_sub(above(rows, place, hidden, height));
    let anchor = fix(rows, place, hidden);
    if missing == 0 { anchor } else { down(rows, anchor, missing) }
}

/// Goes down by so many rows.
#[must_use]
pub fn down(rows: Rows<'_>, anchor: Anchor, count: usize) -> Anchor {
    let Anchor::Line(key, hidden) = anchor else {
        return Anchor::End;
    };
    let Some(mut place) = rows.lines.find(key) else {
        return Anchor::End;
    };
    let (mut hidden, mut count) = (hidden, count);
    while count > 0 {
        let step = count.min(hidden);
        hidden -= step;
        count -= step;
        if count == 0 {
            break;
        }
        let Some(after) = rows.lines.after(place) else {
            return Anchor::End;
        };
        place = after;
        hidden = rows.of(place).len();
    }
    if hidden == 0 && rows.lines.after(place).is_none() { Anchor::End } else { fix(rows, place, hidden) }
}

/// Puts a line into the middle of the screen.
#[must_use]
pub fn centre(rows: Rows<'_>, place: Place, height: usize) -> Anchor {
    down(rows, fix(rows, place, 0), height / 2)
}

/// What is on a screen of this height, the lowest row last, and whose each row is.
#[must_use]
pub fn visible(rows: Rows<'_>, anchor: Anchor, height: usize) -> Vec<(Key, Row)> {
    let mut shown = Vec::new();
    let Some((mut place, mut hidden)) = start(rows, anchor) else {
        return shown;
    };
    while shown.len() < height {
        let mut own = rows.of(place);
        own.truncate(own.len().saturating_sub(hidden));
        hidden = 0;
        if let Some(line) = rows.lines.line(place) {
            shown.extend(own.into_iter().rev().map(|row| (line.key, row)));
        }
        match rows.lines.before(place) {
            Some(before) => place = before,
            None => break,
        }
    }
    shown.truncate(height);
    shown.reverse();
    shown
}

/// Whether less than this many rows lie above what is on the screen.
#[must_use]
pub fn is_near_start(rows: Rows<'_>, anchor: Anchor, height: usize, margin: usize) -> bool {
    match start(rows, anchor) {
        Some((place, hidden)) => above(rows, place, hidden, height + margin) < height + margin,
        None => true,
    }
}

fn start(rows: Rows<'_>, anchor: Anchor) -> Option<(Place, usize)> {
    match anchor {
        Anchor::End => rows.lines.last().map(|last| (last, 0)),
        Anchor::Line(key, hidden) => match rows.lines.find(key) {
            // Another width makes other rows.
            Some(place) => Some((place, hidden.min(rows.of(place).len().saturating_sub(1)))),
            None => rows.lines.at_or_after(key.at).or_else(|| rows.lines.last()).map(|place| (place, 0)),
        },
    }
}

/// Rows from the top to the lowest that is shown, counted as far as `enough`.
fn above(rows: Rows<'_>, place: Place, hidden: usize, enough: usize) -> usize {
    let mut count = rows.of(place).len().saturating_sub(hidden);
    let mut place = place;
    while count < enough {
        match rows.lines.before(place) {
            Some(before) => place = before,
            None => break,
        }
        count += rows.of(place).len();
    }
    count
}

fn fix(rows: Rows<'_>, place: Place, hidden: usize) -> Anchor {
    rows.lines.line(place).map_or(Anchor::End, |line| Anchor::Line(line.key, hidden))
}
