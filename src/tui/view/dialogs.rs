//! What stands over the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::client::text::plain;

use super::super::app::App;
use super::super::dialog::{Dialog, FIELDS, Form, Results, Switch};
use super::super::rows::zoned;
use super::super::theme::Role;
use super::super::wrap::{fit, wrap};

/// Messages that are shown to who leaves before they are sent.
const WAITING_SHOWN: usize = 5;

pub(super) fn draw(app: &App, frame: &mut Frame<'_>) {
    let Some(dialog) = app.dialogs.last() else { return };
    match dialog {
        Dialog::Connect(form) => connect(app, frame, form),
        Dialog::Trust { presented, .. } => {
            let text = format!(
                "{} is not known yet, and nobody this system trusts vouches for it.\n\n\
                 names in its certificate: {}\nSHA-256 fingerprint:\n{}\nof its public key:\n{}\nkey exchange: {}\n\n\
                 Compare one of the fingerprints with what its administrator told you (chatctl cert show).\n\n\
                 Trust this server from now on?   y yes   n no",
                presented.server,
                plain(&presented.names.join(", ")),
                presented.fingerprint,
                presented.pin(),
                presented.key_exchange
            );
            words(app, frame, "Who is this server?", &text, Role::Title);
        }
        Dialog::Leave { waiting, .. } => {
            let shown = waiting.iter().take(WAITING_SHOWN).map(|line| line.replace('\n', " "));
            let mut shown: Vec<_> = shown.map(|line| fit(&plain(&line), 72)).collect();
            let (len, more) = (waiting.len(), waiting.len().saturating_sub(WAITING_SHOWN));
            if more > 0 {
                shown.push(format!("… and {more} more"));
            }
            let text = format!(
                "{len} of your messages could not be sent yet, and will not be if you leave now:\n\n{}\n\n\
                 Leave all the same?   y yes   n no",
                shown.join("\n")
            );
            words(app, frame, "Not sent yet", &text, Role::Title);
        }
        Dialog::Notice { title, text } => {
            words(app, frame, title, &format!("{text}\n\nEnter closes this."), Role::Error);
        }
        Dialog::Help(top) => help(app, frame, *top),
        Dialog::Switch(switch) => choice(app, frame, switch),
        Dialog::Results(results) => found(app, frame, results),
    }
}

/// An empty box in the middle; what is inside.
fn boxed(app: &App, frame: &mut Frame<'_>, title: &str, (width, height): (usize, usize), role: Role) -> Rect {
    let screen = frame.area();
    let small = |value: usize| u16::try_from(value).unwrap_or(u16::MAX);
    let width = small(width + 4).min(screen.width);
    let height = small(height + 2).min(screen.height);
    let (x, y) = ((screen.width - width) / 2, (screen.height - height) / 2);
    let area = Rect { x, y, width, height };
    let style = app.theme.style(role);
    let block = Block::bordered()
        .title(Span::styled(fit(&format!(" {title} "), usize::from(width)), style))
        .border_style(style);
    let inner = block.inner(area);
    frame.render_widget(Clear, area);
    frame.render_widget(block, area);
    let pad = u16::from(inner.width > 2);
    Rect { x: inner.x + pad, width: inner.width - 2 * pad, ..inner }
}

fn put(frame: &mut Frame<'_>, area: Rect, row: usize, line: Line<'_>) {
    let row = u16::try_from(row).unwrap_or(u16::MAX);
    if row < area.height {
        frame.render_widget(line, Rect { y: area.y + row, height: 1, ..area });
    }
}

fn words(app: &App, frame: &mut Frame<'_>, title: &str, text: &str, role: Role) {
    let width = usize::from(frame.area().width.saturating_sub(8)).clamp(1, 76);
    let text: String = text.split('\n').map(plain).collect::<Vec<_>>().join("\n");
    let rows = wrap(&[Span::styled(text, app.theme.style(Role::Text))], width);
    let area = boxed(app, frame, title, (width, rows.len()), role);
    for (index, row) in rows.into_iter().enumerate() {
        put(frame, area, index, Line::from(row));
    }
}

fn connect(app: &App, frame: &mut Frame<'_>, form: &Form) {
    let error = wrap(&[Span::styled(plain(&form.error), app.theme.style(Role::Error))], 60);
    let rows = FIELDS.len() * 2 + error.len() + 2;
    let area = boxed(app, frame, "Connect", (60, rows), Role::Title);
    // What has the cursor stays on a low screen.
    let skipped = (form.focus * 2 + 2).saturating_sub(usize::from(area.height));
    for (index, (label, field)) in FIELDS.iter().zip(&form.fields).enumerate() {
        let Some(row) = (index * 2).checked_sub(skipped) else { continue };
        let style = app.theme.style(if index == form.focus { Role::Title } else { Role::Dim });
        put(frame, area, row, Line::styled(*label, style));
        let Some(y) = u16::try_from(row + 1).ok().filter(|row| *row < area.height) else { continue };
        let place = Rect {
            x: area.x + 2.min(area.width),
            y: area.y + y,
            width: area.width.saturating_sub(2),
            height: 1,
        };
        if place.is_empty() {
            continue;
        }
        frame.render_widget(field, place);
        if index == form.focus {
            super::cursor(frame, field, place);
        }
    }
    let below = (FIELDS.len() * 2).saturating_sub(skipped);
    for (index, row) in error.into_iter().enumerate() {
        put(frame, area, below + index, Line::from(row));
    }
    let dim = app.theme.style(Role::Dim);
    put(frame, area, rows - 1, Line::styled("Tab: next field   Enter: connect   Esc: close", dim));
}

fn help(app: &App, frame: &mut Frame<'_>, top: u16) {
    let rows = app.help_rows();
    let (width, height) =
        (app.help_width(), rows.len().min(usize::from(frame.area().height.saturating_sub(2))));
    let area = boxed(app, frame, "Keys and commands — up, down, Esc", (width, height), Role::Title);
    let first = usize::from(top).min(rows.len().saturating_sub(usize::from(area.height)));
    for (row, (left, right)) in rows.into_iter().skip(first).enumerate() {
        let left = Span::styled(left, app.theme.style(Role::Key));
        put(frame, area, row, Line::from(vec![left, Span::raw(right)]));
    }
}

fn choice(app: &App, frame: &mut Frame<'_>, switch: &Switch) {
    let fitting = app.fitting(&switch.query);
    let height = usize::from(frame.area().height.saturating_sub(4)).min(12);
    let area = boxed(app, frame, "Go to", (40, height), Role::Title);
    put(frame, area, 0, Line::from(format!("> {}", plain(&switch.query))));
    let first = (switch.chosen + 2).saturating_sub(usize::from(area.height));
    for (row, (index, address)) in fitting.iter().enumerate().skip(first).enumerate() {
        let Some(conversation) = app.conversations.get(address) else { continue };
        let mut line = plain(&conversation.name);
        if conversation.unread > 0 {
            line.push_str(&format!("  {}", conversation.unread));
        }
        let style = app.theme.style(if index == switch.chosen { Role::Selection } else { Role::Text });
        put(frame, area, row + 1, Line::styled(fit(&line, usize::from(area.width)), style));
    }
}

fn found(app: &App, frame: &mut Frame<'_>, results: &Results) {
    let screen = frame.area();
    let size = (usize::from(screen.width.saturating_sub(8)), usize::from(screen.height.saturating_sub(6)));
    let title = match (results.complete, results.found.len()) {
        (false, 0) => "Searching …".to_owned(),
        (false, len) => format!("{len} found, searching on …"),
        (true, 0) => "Nothing found".to_owned(),
        (true, len) if results.more => format!("{len} found — Enter goes there; above the first: older ones"),
        (true, len) => format!("{len} found — Enter goes there"),
    };
    let area = boxed(app, frame, &title, size, Role::Title);
    let words = results.search.words.as_deref().unwrap_or_default().to_lowercase();
    let words: Vec<&str> =
        words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let first = (results.chosen + 1).saturating_sub(usize::from(area.height));
    for (row, (index, found)) in results.found.iter().enumerate().skip(first).enumerate() {
        let at = zoned(found.at, &app.zone).strftime("%Y-%m-%d %H:%M").to_string();
        let text = plain(&found.text.replace('\n', " "));
        let line = format!("{at} {} {}: {text}", plain(&found.conversation), plain(&found.nick));
        let style = app.theme.style(if index == results.chosen { Role::Selection } else { Role::Text });
        let line = fit(&line, usize::from(area.width));
        let hit = style.patch(app.theme.style(Role::Hit));
        let spans = line.split_word_bounds().map(|part| {
            let is_hit = words.iter().any(|word| part.to_lowercase().contains(word));
            Span::styled(part.to_owned(), if is_hit { hit } else { style })
        });
        put(frame, area, row, Line::from(spans.collect::<Vec<_>>()));
    }
}
