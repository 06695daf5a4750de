//! Stand-in.

use ratatui::style::{Color, Modifier, Style};

/// Parts of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "stand-in")]
pub enum Role {
    Text,
    Dim,
    Time,
    Own,
    Mention,
    Unread,
    Count,
    Room,
    RoomCurrent,
    DayLine,
    NewLine,
    Happening,
    Note,
    Error,
    Link,
    Code,
    Selection,
    Hit,
    Status,
    Topic,
    Border,
    Input,
    Online,
    Away,
    Offline,
    Typing,
    Pending,
    Refused,
    Reaction,
    Reply,
    Key,
    Title,
}

/// A theme.
#[derive(Clone, Debug, Default)]
pub struct Theme;

impl Theme {
    /// How a part looks.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        let style = Style::new();
        if matches!(role, Role::Selection | Role::RoomCurrent) {
            return style.add_modifier(Modifier::REVERSED);
        }
        if matches!(role, Role::Status | Role::Topic) {
            return style.bg(Color::Indexed(236)).fg(Color::White);
        }
        if matches!(role, Role::Dim | Role::Time | Role::Border | Role::DayLine | Role::Happening) {
            return style.fg(Color::DarkGray);
        }
        if matches!(role, Role::Error | Role::NewLine | Role::Refused) {
            return style.fg(Color::Red);
        }
        if matches!(role, Role::Mention) {
            return style.fg(Color::Yellow).add_modifier(Modifier::BOLD);
        }
        if matches!(role, Role::Own | Role::Unread | Role::Title | Role::Key) {
            return style.add_modifier(Modifier::BOLD);
        }
        style
    }

    /// A nick's colour.
    #[must_use]
    pub fn nick(&self, nick: &str) -> Style {
        const COLORS: [Color; 6] =
            [Color::Red, Color::Green, Color::Yellow, Color::Blue, Color::Magenta, Color::Cyan];
        let sum: usize = nick.bytes().map(usize::from).sum();
        Style::new().fg(COLORS[sum % COLORS.len()])
    }
}
