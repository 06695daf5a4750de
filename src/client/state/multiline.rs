//! Messages of several lines, heard and said. Source: IRCv3 draft/multiline.

use crate::client::action::Kind;
use crate::client::event::{Origin, Said};
use crate::client::text;
use crate::protocol::{Cap, Line, Message};

use super::conversation::Heard;
use super::messages::spoken;
use super::outbox::Pending;
use super::{Arrival, State};

/// The tag of a line that goes on with the one before it.
const CONCAT: &str = "draft/multiline-concat";
/// Bytes of one message that are kept; a server that sends more is cut off there.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// How much a server takes at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    bytes_max: usize,
    lines_max: usize,
}

impl Bounds {
    /// Reads the capability's value; `None` without the part that is required.
    pub(super) fn parse(value: &str) -> Option<Self> {
        let read = |name| {
            let values = value.split(',').filter_map(|part| part.split_once('='));
            values.filter(|(key, _)| *key == name).find_map(|(_, value)| value.parse().ok())
        };
        let lines_max = read("max-lines").unwrap_or(usize::MAX);
        let bounds = Self { bytes_max: read("max-bytes")?, lines_max };
        Some(bounds).filter(|bounds| bounds.bytes_max > 0 && bounds.lines_max > 0)
    }
}

/// A message whose lines are still coming in.
#[derive(Debug)]
pub(super) struct Letter {
    /// The batch that holds it: a page of history, say.
    pub(super) outer: Option<String>,
    pub(super) label: Option<String>,
    /// All but its text.
    opening: Said,
    text: Option<String>,
}

impl Letter {
    pub(super) fn add(&mut self, message: &Message<'_>) {
        let speaks = message.is("PRIVMSG") || message.is("NOTICE");
        let Some(line) = message.param(1).filter(|_| speaks) else {
            return;
        };
        let goes_on = message.tag(CONCAT).is_some();
        let Some(text) = &mut self.text else {
            self.opening.kind = if message.is("NOTICE") { Kind::Notice } else { Kind::Message };
            self.text = Some(line.to_owned());
            return;
        };
        if text.len() + line.len() < TEXT_BYTES_MAX {
            if !goes_on {
                text.push('\n');
            }
            text.push_str(line);
        }
    }

    /// The message; `None` if it is for nobody's eyes.
    pub(super) fn into_heard(self) -> Option<Heard> {
        let text = self.text?;
        let (kind, text) = spoken(self.opening.kind, &text)?;
        Some(Heard::itself(Said { kind, text: text.to_owned(), ..self.opening }))
    }
}

/// A line of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece<'a> {
    text: &'a str,
    goes_on: bool,
}

impl State {
    /// What the line that opens a batch says of its message.
    pub(super) fn letter(&self, message: &Message<'_>, arrival: &Arrival) -> Letter {
        let target = message.param(2).unwrap_or_default();
        let opening = self.framed(message, target, arrival.at, Origin::Live);
        let (outer, label) = (message.tag("batch"), arrival.label.clone());
        Letter { outer, label, opening, text: None }
    }

    /// The texts in which a message of several lines can go out now: as few as the server takes, or
    /// line by line where it does not know such messages.
    pub(super) fn portions(&self, pending: &Pending) -> Vec<String> {
        let bytes_max = self.text_bytes_max(&pending.target, pending.kind);
        match self.bounds() {
            Some(bounds) => parts(&pending.text, bytes_max, bounds).iter().map(|part| whole(part)).collect(),
            None => {
                let lines = pending.text.split('\n').filter(|line| !line.is_empty());
                lines.flat_map(|line| text::split(line, bytes_max)).map(str::to_owned).collect()
            }
        }
    }

    /// The lines that say it; `tagged` adds what belongs to the message as a whole.
    pub(super) fn multiline(&self, pending: &Pending, tagged: impl Fn(Line) -> Line) -> Vec<Line> {
        let bytes_max = self.text_bytes_max(&pending.target, pending.kind);
        let parts = self.bounds().map(|bounds| parts(&pending.text, bytes_max, bounds)).unwrap_or_default();
        // What is one line after all needs no batch.
        let Some(part) = parts.first().filter(|part| part.len() > 1) else {
            return vec![tagged(pending.line())];
        };
        let (id, target) = (pending.label(), &pending.target);
        let opening = Line::new("BATCH").param(format!("+{id}")).param("draft/multiline").param(target);
        let mut lines = vec![tagged(opening)];
        for piece in part {
            let line = Line::new("PRIVMSG").tag("batch", &id);
            let line = if piece.goes_on { line.tag(CONCAT, "") } else { line };
            lines.push(line.param(target).param(piece.text));
        }
        lines.push(Line::new("BATCH").param(format!("-{id}")));
        lines
    }

    fn bounds(&self) -> Option<Bounds> {
        self.link.multiline.filter(|_| self.has(Cap::Multiline) && self.has(Cap::Batch))
    }
}

/// Cuts a text into parts that fit into one batch each. No part begins or ends with a blank line, and
/// the text of a part, cut once more, is that one part.
fn parts(text: &str, line_bytes_max: usize, bounds: Bounds) -> Vec<Vec<Piece<'_>>> {
    let mut parts: Vec<Vec<Piece<'_>>> = Vec::new();
    let mut part: Vec<Piece<'_>> = Vec::new();
    let mut bytes = 0;
    for line in text.split('\n') {
        for (index, text) in text::cut(line, line_bytes_max.min(bounds.bytes_max)).into_iter().enumerate() {
            // A line feed counts as a byte.
            let cost = text.len() + usize::from(index == 0);
            if part.len() >= bounds.lines_max || bytes + cost > bounds.bytes_max {
                parts.push(std::mem::take(&mut part));
            }
            if part.is_empty() {
                bytes = text.len();
                if !text.is_empty() {
                    part.push(Piece { text, goes_on: false });
                }
            } else {
                bytes += cost;
                part.push(Piece { text, goes_on: index > 0 });
            }
        }
    }
    parts.push(part);
    for part in &mut parts {
        while part.last().is_some_and(|piece| piece.text.is_empty()) {
            part.pop();
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn whole(part: &[Piece<'_>]) -> String {
    let mut text = String::new();
    for (index, piece) in part.iter().enumerate() {
        if index > 0 && !piece.goes_on {
            text.push('\n');
        }
        text.push_str(piece.text);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_servers_bounds_are_read() {
        let bounds = |bytes_max, lines_max| Some(Bounds { bytes_max, lines_max });
        for (value, read) in [
            ("max-bytes=4096,max-lines=32", bounds(4096, 32)),
            ("max-lines=9,new=1,max-bytes=100", bounds(100, 9)),
            ("max-bytes=100", bounds(100, usize::MAX)),
            ("max-lines=9", None),
            ("max-bytes=0", None),
            ("max-bytes=many", None),
            ("", None),
        ] {
            assert_eq!(Bounds::parse(value), read, "{value}");
        }
    }

    proptest! {
        #[test]
        fn parts_fit_and_lose_nothing_but_blank_lines_at_their_edges(
            text in "[a-zé \n]{0,120}",
            line_bytes_max in 4_usize..20,
            bytes_max in 4_usize..40,
            lines_max in 1_usize..6,
        ) {
            let bounds = Bounds { bytes_max, lines_max };
            let cut = parts(&text, line_bytes_max, bounds);
            for part in &cut {
                let text = whole(part);
                prop_assert!(part.len() <= lines_max && text.len() <= bytes_max, "{:?}", part);
                prop_assert!(part.iter().all(|piece| piece.text.len() <= line_bytes_max));
                prop_assert!(!part.iter().any(|piece| piece.goes_on && piece.text.is_empty()));
                prop_assert!(!part[0].text.is_empty() && !part[0].goes_on);
                prop_assert_eq!(&parts(&text, line_bytes_max, bounds), &vec![part.clone()]);
            }
            let all: String = cut.iter().map(|part| whole(part)).collect();
            prop_assert_eq!(all.replace('\n', ""), text.replace('\n', ""));
        }
    }
}
