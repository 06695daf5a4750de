//! Messages made into lines: as they are said, with another text, taken back, found.
//!
//! A message of several lines stands on as many. All but the first are set in, so that none can be
//! taken for another message: a line that begins with a space goes on with the one before it.

use jiff::Zoned;

use crate::client::action::Kind;
use crate::client::event::{Edited, Origin, Reacted, Redacted, Said};

use super::{Painted, Painter, Screen, Style, names};

/// In front of a message's second line and all that follow; on a terminal that is below the name.
const INDENT: &str = "      ";
/// Messages whose beginnings are remembered.
const BEGINNINGS_MAX: usize = 500;
/// Characters of a beginning.
const BEGINNING_LEN: usize = 24;

impl Painter {
    pub(super) fn said(&mut self, said: &Said) -> Vec<String> {
        let Some(at) = self.local(said.at) else {
            return Vec::new();
        };
        if self.screen == Screen::Pipe || said.origin == Origin::Found {
            let line = self.dated(&said.conversation, &at);
            return self.finish(Self::speaker(line, said.kind, &said.from), Style::Text, &said.text);
        }
        let mut lines = self.new_day(&at);
        let direct = is_direct(&said.conversation);
        let mut line = self.begin().add(Style::Dim, &at.strftime("%H:%M ").to_string());
        if !direct {
            line = self.other_room(line, &said.conversation);
        }
        let (before, after) = match said.kind {
            Kind::Message => ("<", "> "),
            Kind::Notice => ("-", "- "),
            Kind::Action => ("* ", " "),
        };
        line =
            line.add(Style::Text, before).add(if said.own { Style::Bold } else { Style::Nick }, &said.from);
        if direct {
            let to = if said.own { &said.conversation } else { "you" };
            line = line.add(Style::Dim, " → ").add(Style::Nick, to);
        }
        let line = line.add(Style::Text, after).add(Style::Dim, &self.quoted(said));
        self.remember(said);
        let named = !said.own && names(&said.text, &self.me);
        let style = if named { Style::Highlight } else { Style::Text };
        lines.extend(self.finish(line, style, &said.text));
        lines
    }

    /// `12:03 bob edited: the new text`
    pub(super) fn edited(&mut self, edited: &Edited) -> Vec<String> {
        let said = &edited.said;
        let Some((mut lines, line)) = self.placed(said.at, &said.conversation, said.origin) else {
            return Vec::new();
        };
        let line = line.add(if said.own { Style::Bold } else { Style::Nick }, &said.from);
        let line = line.add(Style::Dim, " edited: ");
        let line = match said.kind {
            Kind::Message | Kind::Notice => line,
            Kind::Action => line.add(Style::Text, "* ").add(Style::Nick, &said.from).add(Style::Text, " "),
        };
        lines.extend(self.finish(line, Style::Text, &said.text));
        lines
    }

    /// `12:03 bob took a message back (reason)`
    pub(super) fn redacted(&mut self, redacted: &Redacted) -> Vec<String> {
        let Some((mut lines, line)) = self.placed(redacted.at, &redacted.conversation, redacted.origin)
        else {
            return Vec::new();
        };
        let reason = super::in_brackets(&redacted.reason);
        let line = line.add(if redacted.own { Style::Bold } else { Style::Nick }, &redacted.by);
        lines.push(line.add(Style::Dim, &format!(" took a message back{reason}")).line);
        lines
    }

    /// `12:03 bob reacted with 👍 to “hello there”`, on a terminal only.
    pub(super) fn reacted(&mut self, reacted: &Reacted) -> Vec<String> {
        if self.screen == Screen::Pipe {
            return Vec::new();
        }
        let Some((mut lines, line)) = self.placed(reacted.at, &reacted.conversation, reacted.origin) else {
            return Vec::new();
        };
        let did = if reacted.on { "reacted with" } else { "takes back" };
        let to = self.beginning(&reacted.msgid).map(|text| format!(" to “{text}”")).unwrap_or_default();
        let line = line.add(if reacted.own { Style::Bold } else { Style::Nick }, &reacted.from);
        lines.push(line.add(Style::Dim, &format!(" {did} {}{to}", reacted.reaction)).line);
        lines
    }

    /// How the message begins that this one answers, if it was shown lately.
    fn quoted(&self, said: &Said) -> String {
        let text = said.reply_to.as_deref().and_then(|msgid| self.beginning(msgid));
        text.map(|text| format!("(to “{text}”) ")).unwrap_or_default()
    }

    fn beginning(&self, msgid: &str) -> Option<&str> {
        self.beginnings.iter().rev().find(|(id, _)| id == msgid).map(|(_, text)| text.as_str())
    }

    fn remember(&mut self, said: &Said) {
        let Some(msgid) = said.msgid.clone() else {
            return;
        };
        let row = said.text.split('\n').next().unwrap_or_default();
        let mut text: String = row.chars().take(BEGINNING_LEN).collect();
        if text.len() < said.text.len() {
            text.push('…');
        }
        if self.beginnings.len() >= BEGINNINGS_MAX {
            self.beginnings.pop_front();
        }
        self.beginnings.push_back((msgid, text));
    }

    /// The beginning of a line about a message: when, and where if that is not plain; and the lines
    /// before it.
    fn placed(
        &mut self,
        at: crate::clock::Timestamp,
        conversation: &str,
        origin: Origin,
    ) -> Option<(Vec<String>, Painted)> {
        let at = self.local(at)?;
        if self.screen == Screen::Pipe || origin == Origin::Found {
            return Some((Vec::new(), self.dated(conversation, &at)));
        }
        let lines = self.new_day(&at);
        let line = self.begin().add(Style::Dim, &at.strftime("%H:%M ").to_string());
        Some((lines, self.other_room(line, conversation)))
    }

    /// The name of the conversation, unless it is the current room.
    fn other_room(&self, line: Painted, conversation: &str) -> Painted {
        let at = if is_direct(conversation) { "@" } else { "" };
        if conversation.eq_ignore_ascii_case(&self.room) || self.room.is_empty() {
            return line;
        }
        line.add(Style::Dim, &format!("{at}{conversation} "))
    }

    /// `2026-11-20 14:03 #lobby `
    fn dated(&self, conversation: &str, at: &Zoned) -> Painted {
        self.begin()
            .add(Style::Dim, &at.strftime("%Y-%m-%d %H:%M ").to_string())
            .add(Style::Text, if is_direct(conversation) { "@" } else { "" })
            .add(Style::Text, &format!("{conversation} "))
    }

    /// `<bob> `
    fn speaker(line: Painted, kind: Kind, from: &str) -> Painted {
        match kind {
            Kind::Message => line.add(Style::Text, "<").add(Style::Nick, from).add(Style::Text, "> "),
            Kind::Notice => line.add(Style::Text, "-").add(Style::Nick, from).add(Style::Text, "- "),
            Kind::Action => line.add(Style::Text, "* ").add(Style::Nick, from).add(Style::Text, " "),
        }
    }

    fn finish(&self, line: Painted, style: Style, text: &str) -> Vec<String> {
        let mut rows = text.split('\n');
        let mut lines = vec![line.add(style, rows.next().unwrap_or_default()).line];
        lines.extend(rows.map(|row| self.begin().add(Style::Text, INDENT).add(style, row).line));
        lines
    }
}

fn is_direct(conversation: &str) -> bool {
    !conversation.starts_with(['#', '&'])
}
