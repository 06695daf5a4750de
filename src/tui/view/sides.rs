//! The sides: conversations on the left, people on the right.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders};

use crate::client::event::Presence;
use crate::client::text::plain;

use super::super::app::{App, Link};
use super::super::conversation::{Address, Conversation, Kind};
use super::super::theme::Role;
use super::super::wrap::{columns, fit};

/// The conversations that are listed on so many rows: the current one is among them.
#[must_use]
pub fn list_window(app: &App, height: u16) -> Vec<Address> {
    let height = usize::from(height);
    let current = app.current.as_ref();
    let here = current.and_then(|current| app.conversations.keys().position(|address| address == current));
    let first =
        here.unwrap_or(0).saturating_sub(height / 2).min(app.conversations.len().saturating_sub(height));
    app.conversations.keys().skip(first).take(height).cloned().collect()
}

pub(super) fn list(app: &App, frame: &mut Frame<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let frame_style = app.theme.style(Role::Border);
    let block = Block::new().borders(Borders::RIGHT).border_style(frame_style);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    for (row, address) in (0..).zip(list_window(app, area.height)) {
        let Some(conversation) = app.conversations.get(&address) else { continue };
        let line = entry(app, &address, conversation, usize::from(inner.width));
        frame.render_widget(line, Rect { y: inner.y + row, height: 1, ..inner });
    }
}

fn entry(app: &App, address: &Address, conversation: &Conversation, width: usize) -> Line<'static> {
    let count = count(conversation);
    let number = app.numbered().find(|(_, other)| *other == address);
    let number = number.map_or(" ".into(), |(number, _)| number.to_string());
    let (name, style) = match address.kind {
        Kind::Console => {
            let server = app.servers.iter().find(|server| server.id == address.server);
            let sign = match server.map(|server| &server.link) {
                Some(Link::Online) => "",
                Some(Link::Connecting) => "… ",
                Some(Link::Offline { .. } | Link::Ended) | None => "✗ ",
            };
            let label = server.map_or("", |server| &server.label);
            (format!("{sign}{}", plain(label)), app.theme.style(Role::Title))
        }
        Kind::Room => (format!("{number} {}", plain(&conversation.name)), app.theme.style(Role::Room)),
        Kind::Direct => (format!("{number} @{}", plain(&conversation.name)), app.theme.style(Role::Room)),
    };
    let style = match conversation {
        _ if app.current.as_ref() == Some(address) => style.patch(app.theme.style(Role::RoomCurrent)),
        conversation if conversation.mentions > 0 => style.patch(app.theme.style(Role::Mention)),
        conversation if conversation.unread > 0 => style.patch(app.theme.style(Role::Unread)),
        conversation if address.kind == Kind::Room && !conversation.joined => app.theme.style(Role::Dim),
        _ => style,
    };
    let name = fit(&name, width.saturating_sub(columns(&count)));
    let pad = width.saturating_sub(columns(&name) + columns(&count));
    Line::styled(format!("{name}{}{count}", " ".repeat(pad)), style)
}

/// What is new, with a space in front; empty: nothing.
fn count(conversation: &Conversation) -> String {
    match (conversation.mentions, conversation.unread) {
        (0, 0) => String::new(),
        (0, unread) => format!(" {unread}"),
        (mentions, unread) if mentions == unread => format!(" @{mentions}"),
        (mentions, unread) => format!(" @{mentions}/{unread}"),
    }
}

/// Where something is new, for screens without the list; what is for oneself comes first.
pub(super) fn news(app: &App) -> Option<String> {
    let mut news: Vec<_> =
        app.conversations.values().filter(|conversation| conversation.unread > 0).collect();
    news.sort_by_key(|conversation| conversation.mentions == 0);
    let news: Vec<_> = news.into_iter().map(|one| format!("{}{}", plain(&one.name), count(one))).collect();
    (!news.is_empty()).then(|| format!("new: {}", news.join(", ")))
}

pub(super) fn people(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let Some(conversation) = app.conversation().filter(|_| !area.is_empty()) else { return };
    let dim = app.theme.style(Role::Dim);
    let block = Block::new().borders(Borders::LEFT).border_style(app.theme.style(Role::Border));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let width = usize::from(inner.width);
    let height = usize::from(inner.height);
    let online = app.server().is_some_and(|server| server.link == Link::Online);
    let too_many = conversation.members.len() > height;
    let room = if too_many { height.saturating_sub(1) } else { height };
    for (row, member) in (0..).zip(conversation.members.iter().take(room)) {
        let nick = fit(&plain(&member.nick), width.saturating_sub(2));
        let (sign, role) = match member.presence {
            // Nobody knows.
            _ if !online => ("? ", Role::Offline),
            Presence::Online => ("● ", Role::Online),
            Presence::Away(_) => ("◐ ", Role::Away),
            Presence::Offline => ("○ ", Role::Offline),
        };
        let here = online && member.presence == Presence::Online;
        let style = if here { app.theme.nick(&nick) } else { app.theme.style(role) };
        let sign = Span::styled(sign, app.theme.style(role));
        let prefix = member.prefix.chars().next().map(String::from).unwrap_or_default();
        let line = Line::from(vec![sign, Span::styled(plain(&prefix), dim), Span::styled(nick, style)]);
        frame.render_widget(line, Rect { y: inner.y + row, height: 1, ..inner });
    }
    if too_many && height > 0 {
        let more = format!("… {} more", conversation.members.len() - room);
        frame.render_widget(Line::styled(more, dim), Rect { y: inner.bottom() - 1, height: 1, ..inner });
    }
}
