//! A line of a conversation made into rows of the screen, at a width.
//!
//! How many rows a line takes is known only here: scrolling counts them, drawing shows them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use ratatui::text::Span;

use crate::client::text::plain;
use crate::clock::Timestamp;

use super::format;
use super::scrollback::{Key, Line, Place, Scrollback, Sort, Stage};
use super::theme::{Role, Theme};
use super::wrap::{columns, fit, wrap};

/// A row of the screen.
pub type Row = Vec<Span<'static>>;

/// Columns of the nick, right aligned, where there is room for a column.
const NICK_COLUMNS: usize = 14;
const TIME_COLUMNS: usize = "00:00 ".len();
/// Who reacted is named up to so many.
const NAMED_LEN: usize = 2;
/// Narrower, and nicks have no column of their own.
const COLUMNS_FROM: usize = 56;
/// Narrower, and the time is left out.
const TIME_FROM: usize = 24;

/// Lines and how they look.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// The lines.
    pub lines: &'a Scrollback,
    /// Columns of the screen.
    pub width: usize,
    /// Colours.
    pub theme: &'a Theme,
    /// What clock one lives by.
    pub zone: &'a TimeZone,
    /// Where the new-messages line stands.
    pub new_from: Option<Timestamp>,
    /// The line that one chose.
    pub selected: Option<Key>,
}

impl Rows<'_> {
    /// The rows of the line there: what stands above it, it itself, what stands below it.
    #[must_use]
    pub fn of(&self, place: Place) -> Vec<Row> {
        let Some(line) = self.lines.line(place) else {
            return Vec::new();
        };
        let before = self.lines.before(place).and_then(|place| self.lines.line(place));
        let mut rows = Vec::new();
        let day = self.date(line.key.at);
        if before.is_none_or(|before| self.date(before.key.at) != day) {
            rows.push(self.rule(&day.strftime("%A, %-d %B %Y").to_string(), Role::DayLine));
        }
        let is_first_new =
            |new_from| line.key.at >= new_from && before.is_none_or(|before| before.key.at < new_from);
        if self.new_from.is_some_and(is_first_new) {
            rows.push(self.rule("new messages", Role::NewLine));
        }
        let above = rows.len();
        rows.extend(self.spoken(&line));
        if self.selected == Some(line.key) {
            let style = self.theme.style(Role::Selection);
            rows[above..].iter_mut().flatten().for_each(|span| span.style = span.style.patch(style));
        }
        rows
    }

    fn spoken(&self, line: &Line<'_>) -> Vec<Row> {
        let extra = self.lines.extra(line.key);
        let (first, hanging) = self.prefix(line);
        let indent: usize = if self.width < COLUMNS_FROM { hanging } else { prefix_columns(&first) };
        // What is set in, and every row on a wide screen, has so much room.
        let width = self.width.saturating_sub(indent).max(1);
        let mut text = Vec::new();
        if self.width < COLUMNS_FROM {
            text.extend(first.clone());
        }
        text.extend(self.text(line));
        let mut rows = Vec::new();
        let blank = || Span::raw(" ".repeat(indent));
        if let Some(reply) = extra.and_then(|extra| extra.reply.as_ref()) {
            let dim = self.theme.style(Role::Reply);
            let who = if reply.nick.is_empty() { String::new() } else { format!("{}: ", plain(&reply.nick)) };
            let quote = fit(&format!("↳ {who}{}", plain(&reply.text)), width);
            rows.push(vec![blank(), Span::styled(quote, dim)]);
        }
        let at = rows.len();
        if self.width < COLUMNS_FROM {
            // The first row begins at the edge, the others are set in.
            for row in wrap(&text, width) {
                let mut set_in = if rows.len() == at { Vec::new() } else { vec![blank()] };
                set_in.extend(row);
                rows.push(set_in);
            }
        } else {
            for row in wrap(&text, width) {
                let mut whole = if rows.len() == at { first.clone() } else { vec![blank()] };
                whole.extend(row);
                rows.push(whole);
            }
        }
        if let Some(extra) = extra.filter(|extra| !extra.reactions.is_empty() && !line.marks.redacted) {
            let shown: Vec<_> = extra.reactions.iter().map(|(what, nicks)| reaction(what, nicks)).collect();
            let shown = fit(&shown.join("  "), width);
            rows.push(vec![blank(), Span::styled(shown, self.theme.style(Role::Reaction))]);
        }
        rows
    }

    /// What stands before the text, and how far further rows are set in on a narrow screen.
    fn prefix(&self, line: &Line<'_>) -> (Row, usize) {
        let dim = self.theme.style(Role::Dim);
        let mut prefix = Vec::new();
        if self.width >= TIME_FROM {
            prefix.push(Span::styled(self.time(line.key.at), self.theme.style(Role::Time)));
        }
        let nick = plain(line.nick);
        let nick_style = if line.marks.own { self.theme.style(Role::Own) } else { self.theme.nick(&nick) };
        let (sign, style) = match line.sort {
            Sort::Message => (nick, nick_style),
            Sort::Notice => (format!("-{nick}-"), nick_style),
            Sort::Action => ("*".into(), nick_style),
            Sort::Happening | Sort::Note => ("--".into(), dim),
            Sort::Failure => ("!!".into(), self.theme.style(Role::Error)),
        };
        if self.width >= COLUMNS_FROM {
            let sign = fit(&sign, NICK_COLUMNS);
            let pad = NICK_COLUMNS.saturating_sub(columns(&sign));
            prefix.push(Span::raw(" ".repeat(pad)));
            prefix.push(Span::styled(sign, style));
            prefix.push(Span::styled(" │ ", self.theme.style(Role::Border)));
            return (prefix, 0);
        }
        let end = if line.sort == Sort::Message { ": " } else { " " };
        prefix.push(Span::styled(fit(&sign, (self.width / 2).max(1)), style));
        prefix.push(Span::raw(end));
        (prefix, if self.width >= TIME_FROM { TIME_COLUMNS } else { 1 }.min(self.width / 4))
    }

    fn text(&self, line: &Line<'_>) -> Vec<Span<'static>> {
        let marks = line.marks;
        let style = self.theme.style(match line.sort {
            _ if marks.redacted => Role::Dim,
            Sort::Message | Sort::Action if marks.mention => Role::Mention,
            Sort::Message | Sort::Action | Sort::Notice => Role::Text,
            Sort::Happening => Role::Happening,
            Sort::Note => Role::Note,
            Sort::Failure => Role::Error,
        });
        let mut spans = Vec::new();
        if line.sort == Sort::Action {
            let nick = plain(line.nick);
            let nick_style = if marks.own { self.theme.style(Role::Own) } else { self.theme.nick(&nick) };
            spans.push(Span::styled(format!("{nick} "), nick_style));
        }
        if matches!(line.sort, Sort::Message | Sort::Action | Sort::Notice) && !marks.redacted {
            spans.extend(format::spans(line.text, style, self.theme));
        } else {
            let text: Vec<String> = line.text.split('\n').map(plain).collect();
            spans.push(Span::styled(text.join("\n"), style));
        }
        let dim = self.theme.style(Role::Dim);
        if marks.edited && !marks.redacted {
            spans.push(Span::styled(" (edited)", dim));
        }
        match marks.stage {
            Stage::Stored => {}
            Stage::Waiting => spans.push(Span::styled(" … waits", self.theme.style(Role::Pending))),
            Stage::Sent => spans.push(Span::styled(" …", self.theme.style(Role::Pending))),
            Stage::Refused => spans.push(Span::styled(" ✗ not sent", self.theme.style(Role::Refused))),
        }
        spans
    }

    fn rule(&self, text: &str, role: Role) -> Row {
        let style = self.theme.style(role);
        let text = fit(&format!(" {text} "), self.width);
        let left = self.width.saturating_sub(columns(&text)) / 2;
        let right = self.width.saturating_sub(columns(&text) + left);
        vec![Span::styled(format!("{}{text}{}", "─".repeat(left), "─".repeat(right)), style)]
    }

    fn time(&self, at: Timestamp) -> String {
        zoned(at, self.zone).strftime("%H:%M ").to_string()
    }

    fn date(&self, at: Timestamp) -> Date {
        zoned(at, self.zone).date()
    }
}

/// A reaction, and who made it; of many only how many.
fn reaction(reaction: &str, nicks: &[String]) -> String {
    let who = if nicks.len() > NAMED_LEN { nicks.len().to_string() } else { plain(&nicks.join(", ")) };
    format!("{} {who}", plain(reaction))
}

/// A moment on one's own clock.
#[must_use]
pub fn zoned(at: Timestamp, zone: &TimeZone) -> jiff::Zoned {
    let moment = jiff::Timestamp::from_millisecond(at.0.clamp(0, Timestamp::MAX.0)).unwrap_or_default();
    moment.to_zoned(zone.clone())
}

fn prefix_columns(prefix: &[Span<'_>]) -> usize {
    prefix.iter().map(|span| columns(&span.content)).sum()
}
