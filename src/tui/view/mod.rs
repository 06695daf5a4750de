//! The screen, drawn from the state alone. Costs what is seen, whatever the history.
//!
//! Every text from outside passes `client::text::plain` on its way.

mod dialogs;
mod sides;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::client::event::Presence;
use crate::client::text::plain;

use super::app::{App, Link};
use super::complete::Completion;
use super::composer::About;
use super::conversation::Kind;
use super::input::Command;
use super::scroll;
use super::theme::Role;
use super::wrap::{columns, fit};

pub use sides::list_window;

/// Draws all of it.
pub fn draw(app: &App, frame: &mut Frame<'_>) {
    let layout = app.layout();
    sides::list(app, frame, layout.list);
    sides::people(app, frame, layout.people);
    topic(app, frame, layout.topic);
    messages(app, frame, layout.messages);
    status(app, frame, layout.status);
    about(app, frame, layout.about);
    input(app, frame, layout.input);
    dialogs::draw(app, frame);
}

fn topic(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let Some(conversation) = app.conversation() else { return };
    let bar = app.theme.style(Role::Topic);
    let is_direct = app.current.as_ref().is_some_and(|current| current.kind == Kind::Direct);
    let name = format!("{}{}", if is_direct { "@" } else { "" }, plain(&conversation.name));
    let online = app.server().is_some_and(|server| server.link == Link::Online);
    let about = match &conversation.presence {
        _ if is_direct && !online => String::new(),
        Some(Presence::Online) if is_direct => "is there".to_owned(),
        Some(Presence::Away(text)) if is_direct => format!("is away: {text}"),
        Some(Presence::Offline) if is_direct => "is offline, and will find what you write".to_owned(),
        Some(_) | None => conversation.topic.clone(),
    };
    let text = if about.is_empty() { String::new() } else { format!("  {}", plain(&about)) };
    let line = fit(&format!(" {name}{text}"), usize::from(area.width));
    frame.render_widget(Paragraph::new(Line::styled(line, bar)).style(bar), area);
}

fn messages(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let Some(conversation) = app.conversation() else { return };
    let height = usize::from(area.height);
    let shown = scroll::visible(app.rows(conversation), conversation.shown().1, height);
    let blank = height.saturating_sub(shown.len());
    for (index, (_, row)) in shown.into_iter().enumerate() {
        let y = area.y + u16::try_from(blank + index).unwrap_or(0);
        frame.render_widget(Line::from(row), Rect { y, height: 1, ..area });
    }
}

/// Connection, lag, who types, what is below the screen.
fn status(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let bar = app.theme.style(Role::Status);
    let mut parts = Vec::new();
    if !app.hint.is_empty() {
        parts.push(app.hint.clone());
    }
    if let Some(server) = app.server() {
        parts.push(match &server.link {
            Link::Connecting => format!("{}: connecting …", plain(&server.label)),
            Link::Online => plain(&server.label),
            Link::Offline { reason, retry_at } => {
                let seconds = (retry_at.0 - app.now.0).max(0) / 1000;
                format!("NOT CONNECTED; next attempt in {seconds} s ({})", plain(reason))
            }
            Link::Ended => "not connected".into(),
        });
        if app.is_bare {
            parts.push(format!("{} shows all again", app.keys.of(Command::Bare)));
        }
        if server.away {
            parts.push("away".into());
        }
    }
    if app.layout().list.is_empty() {
        parts.extend(sides::news(app));
    }
    if let Some(conversation) = app.conversation() {
        match conversation.typing.as_slice() {
            [] => {}
            [one] => parts.push(format!("{} is typing …", plain(one))),
            many => parts.push(format!("{} are typing …", plain(&many.join(", ")))),
        }
        if !conversation.is_at_end() {
            parts.push("earlier messages; Ctrl-End: the latest".into());
        }
    }
    if let Some(lag) = app.server().and_then(|server| server.lag) {
        parts.push(format!("lag {} ms", lag.as_millis()));
    }
    let end = "F1 help ";
    let line = fit(&format!(" {}", parts.join(" │ ")), usize::from(area.width));
    frame.render_widget(Paragraph::new(Line::styled(line.clone(), bar)).style(bar), area);
    let width = u16::try_from(columns(end)).unwrap_or(0);
    if columns(&line) + end.len() < usize::from(area.width) {
        let right = Rect { x: area.right() - width, width, ..area };
        frame.render_widget(Line::styled(end, bar), right);
    }
}

fn about(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let Some(conversation) = app.conversation() else { return };
    if let Some(completion) = app.completion.as_ref().filter(|_| app.offers()) {
        return frame.render_widget(offered(app, completion), area);
    }
    let text = match &conversation.composer.about {
        About::New => return,
        About::Edit { .. } => "✎ changing your message".to_owned(),
        About::Reply { nick, .. } => format!("↳ answering {}", plain(nick)),
        About::React { nick, .. } => format!("☺ reacting to {}: type an emoji", plain(nick)),
    };
    let line = fit(&format!("{text} (Esc gives up)"), usize::from(area.width));
    frame.render_widget(Line::styled(line, app.theme.style(Role::Pending)), area);
}

/// What there is to choose from, from the chosen one on.
fn offered(app: &App, completion: &Completion) -> Line<'static> {
    let candidates = completion.candidates().iter().skip(completion.chosen());
    let mut spans = Vec::new();
    for (index, candidate) in candidates.enumerate() {
        let role = if index == 0 { Role::Selection } else { Role::Dim };
        spans.push(Span::styled(plain(&candidate.shown), app.theme.style(role)));
        spans.push(Span::raw("  "));
    }
    Line::from(spans)
}

fn input(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let Some(conversation) = app.conversation() else { return };
    let prompt = fit(&app.prompt(), usize::from(area.width / 2));
    let width = u16::try_from(columns(&prompt)).unwrap_or(0);
    frame.render_widget(
        Span::styled(prompt, app.theme.style(Role::Dim)),
        Rect { height: area.height.min(1), ..area },
    );
    let area = Rect { x: area.x + width, width: area.width - width, ..area };
    if area.is_empty() {
        return;
    }
    frame.render_widget(&conversation.composer.area, area);
    if app.dialogs.is_empty() {
        cursor(frame, &conversation.composer.area, area);
    }
}

/// Puts the terminal's cursor where a text area has its own.
fn cursor(frame: &mut Frame<'_>, text: &ratatui_textarea::TextArea<'_>, area: Rect) {
    let (cursor, (top, left)) = (text.screen_cursor(), text.scroll_offset());
    let small = |value: usize| u16::try_from(value).unwrap_or(u16::MAX);
    let x = area.x.saturating_add(small(cursor.col).saturating_sub(left));
    let y = area.y.saturating_add(small(cursor.row).saturating_sub(top));
    let last = Position::new(area.right().saturating_sub(1), area.bottom().saturating_sub(1));
    frame.set_cursor_position(Position::new(x.min(last.x), y.min(last.y)));
}
