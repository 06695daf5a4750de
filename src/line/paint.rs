//! Events made into lines of text: for a terminal, or plain for a pipe.
//!
//! Every text passes through [`text::plain`] on its way into a line; the only escape sequences in
//! a line are the colours added here.

mod happening;
mod said;

use std::collections::{HashMap, VecDeque};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp as Moment, Zoned};

use crate::client::action::Action;
use crate::client::event::{Event, Member, Presence, Room, Unsent};
use crate::client::{input, text};
use crate::clock::Timestamp;

/// Where the lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Screen {
    /// Somebody reads along.
    Terminal,
    /// A program reads.
    Pipe,
}

/// Makes lines of events.
pub(super) struct Painter {
    /// The current room: its name is left out.
    pub(super) room: String,
    color: bool,
    screen: Screen,
    me: String,
    zone: TimeZone,
    /// The day of the last line.
    day: Option<Date>,
    topics: HashMap<String, String>,
    /// What somebody asked for, and where.
    asked: Vec<(Asked, String)>,
    /// How the last messages begin, by their ids: for who answers them.
    beginnings: VecDeque<(String, String)>,
}

/// What is shown only to who wants to see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Topic,
    Members,
}

/// Questions that are open at one time.
const ASKED_LEN_MAX: usize = 64;

/// How a piece of a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Text,
    Dim,
    Bold,
    Error,
    /// A person, always in the same colour.
    Nick,
    /// Somebody names oneself.
    Highlight,
}

/// A line under construction.
struct Painted {
    color: bool,
    line: String,
}

impl Painted {
    fn add(mut self, style: Style, piece: &str) -> Self {
        let plain = text::plain(piece);
        let code = match style {
            _ if !self.color || plain.is_empty() => None,
            Style::Text => None,
            Style::Dim => Some("2".into()),
            Style::Bold => Some("1".into()),
            Style::Error => Some("31".into()),
            Style::Highlight => Some("1;33".into()),
            Style::Nick => Some(nick_color(&plain).to_string()),
        };
        match code {
            Some(code) => self.line.push_str(&format!("\u{1b}[{code}m{plain}\u{1b}[0m")),
            None => self.line.push_str(&plain),
        }
        self
    }
}

impl Painter {
    pub(super) fn new(color: bool, screen: Screen) -> Self {
        Self {
            room: String::new(),
            color,
            screen,
            me: String::new(),
            zone: TimeZone::system(),
            day: None,
            topics: HashMap::new(),
            asked: Vec::new(),
            beginnings: VecDeque::new(),
        }
    }

    /// Notes what somebody wants to see.
    pub(super) fn asked(&mut self, action: &Action) {
        if let Action::Members { room } = action {
            self.expect(Asked::Members, room);
        } else if let Action::Topic { room, text: None } = action {
            self.expect(Asked::Topic, room);
        }
    }

    fn expect(&mut self, what: Asked, room: &str) {
        if self.asked.len() < ASKED_LEN_MAX {
            self.asked.push((what, room.to_ascii_lowercase()));
        }
    }

    /// An error of the user's own making.
    pub(super) fn error(&self, reason: &str) -> String {
        self.begin().add(Style::Error, reason).line
    }

    /// The lines that show an event; many events are not worth one.
    pub(super) fn paint(&mut self, event: &Event) -> Vec<String> {
        match event {
            Event::Said(said) => self.said(said),
            Event::Edited(edited) => self.edited(edited),
            Event::Redacted(redacted) => self.redacted(redacted),
            Event::Reacted(reacted) => self.reacted(reacted),
            Event::Topic { room, by, text } => self.topic(room, by.as_deref(), text),
            Event::Members { room, members } => self.members(room, members),
            Event::Rooms(rooms) => rooms.iter().map(|room| self.room_line(room)).collect(),
            Event::Whois { nick, facts } => {
                let line = |fact: &String| {
                    self.begin().add(Style::Nick, nick).add(Style::Text, &format!(": {fact}"))
                };
                facts.iter().map(|fact| line(fact).line).collect()
            }
            Event::Info(text) => self.note(text),
            Event::ShutOut { reason, .. } => vec![self.error(reason)],
            Event::Failed { reason, unsent } => vec![self.failed(reason, unsent.as_ref())],
            Event::SignedUp { account } => self
                .note(&format!("the account {account} is yours; next time, sign in with --user {account}")),
            Event::Online { nick, network, again } => {
                self.me.clone_from(nick);
                let network = network.as_deref().map(|name| format!(" to {name}")).unwrap_or_default();
                let verb = if *again { "connected again" } else { "connected" };
                self.note(&format!("{verb}{network} as {nick}"))
            }
            Event::Offline { reason, retry_in } => {
                let pause = retry_in.as_secs_f32().ceil();
                self.note(&format!("connection lost: {reason}; trying again in {pause} s"))
            }
            Event::Invited { by, room, own: true, .. } => {
                self.note(&format!("{by} invites you to {room}; /join {room} follows"))
            }
            Event::Renamed { to, own: true, .. } => {
                self.me.clone_from(to);
                self.note(&format!("you are now {to}"))
            }
            Event::RoomRenamed { from, to, by, reason, .. } => {
                self.room_renamed(from, to);
                self.note(&format!("{by} renamed {from}: it is {to} now{}", in_brackets(reason)))
            }
            Event::SearchEnd { count: 0, .. } => self.note("nothing found"),
            Event::SearchEnd { count, more } if self.screen == Screen::Terminal => self.found(*count, *more),
            Event::SearchEnd { .. } => Vec::new(),
            Event::Joined { .. }
            | Event::Left { .. }
            | Event::Quit { .. }
            | Event::Renamed { .. }
            | Event::Changed { .. }
            | Event::Mode { .. }
            | Event::Invited { .. }
            | Event::HistoryEnd { .. } => self.presence(event),
            Event::Modes { room, modes } => self.note(&format!("modes of {room}: {modes}")),
            Event::Secured(_)
            | Event::Abilities(_)
            | Event::Lag(_)
            | Event::Outgoing(_)
            | Event::Typing { .. }
            | Event::Marked { .. }
            | Event::Conversations(_)
            | Event::CaughtUp { .. }
            | Event::Page(_)
            | Event::NoPage { .. }
            | Event::Account { .. }
            | Event::Role { .. }
            | Event::TopicSetter { .. }
            | Event::Transfer(_)
            | Event::Settled
            | Event::Ended(_) => Vec::new(),
        }
    }

    fn found(&self, count: usize, more: bool) -> Vec<String> {
        let messages = if count == 1 { "message" } else { "messages" };
        let more =
            if more { ", and there may be more: narrow it by in:, from:, after:, before:" } else { "" };
        self.note(&format!("{count} {messages} found{more}"))
    }

    /// What is kept by a room's name goes along.
    fn room_renamed(&mut self, from: &str, to: &str) {
        if self.room.eq_ignore_ascii_case(from) {
            to.clone_into(&mut self.room);
        }
        if let Some(topic) = self.topics.remove(&from.to_ascii_lowercase()) {
            self.topics.insert(to.to_ascii_lowercase(), topic);
        }
    }

    fn topic(&mut self, room: &str, by: Option<&str>, text: &str) -> Vec<String> {
        let asked = self.was_asked(Asked::Topic, room);
        let before = self.topics.insert(room.to_ascii_lowercase(), text.to_owned());
        if self.screen == Screen::Pipe && !asked {
            return Vec::new();
        }
        let line = match by {
            Some(by) if text.is_empty() => format!("{by} removed the topic of {room}"),
            Some(by) => format!("{by} changed the topic of {room}: {text}"),
            None if before.as_deref() == Some(text) && !asked => return Vec::new(),
            None if text.is_empty() => format!("{room} has no topic"),
            None => format!("topic of {room}: {text}"),
        };
        self.note(&line)
    }

    fn members(&mut self, room: &str, members: &[Member]) -> Vec<String> {
        if !self.was_asked(Asked::Members, room) {
            return Vec::new();
        }
        let mut line = self.begin().add(Style::Dim, &format!("in {room}: "));
        for (index, member) in members.iter().enumerate() {
            let presence = match &member.presence {
                Presence::Online => String::new(),
                Presence::Offline => " (offline)".into(),
                Presence::Away(text) if text.is_empty() => " (away)".into(),
                Presence::Away(text) => format!(" (away: {text})"),
            };
            line = line
                .add(Style::Text, if index == 0 { "" } else { ", " })
                .add(Style::Text, &member.prefix)
                .add(Style::Nick, &member.nick)
                .add(Style::Dim, &presence);
        }
        vec![line.line]
    }

    /// Whether somebody asked; they have their answer now.
    fn was_asked(&mut self, what: Asked, room: &str) -> bool {
        let asked = (what, room.to_ascii_lowercase());
        let index = self.asked.iter().position(|other| *other == asked);
        index.map(|index| self.asked.remove(index)).is_some()
    }

    fn room_line(&self, room: &Room) -> String {
        let rest = format!("  {}  {}", room.members, room.topic);
        self.begin().add(Style::Bold, &room.name).add(Style::Text, &rest).line
    }

    fn failed(&self, reason: &str, unsent: Option<&Unsent>) -> String {
        let line = self.begin().add(Style::Error, reason);
        match unsent {
            Some(unsent) => {
                let text = unsent.text.replace('\n', " / ");
                line.add(Style::Text, &format!(" — not sent to {}: {text}", unsent.target)).line
            }
            None => line.line,
        }
    }

    fn note(&self, text: &str) -> Vec<String> {
        vec![self.begin().add(Style::Dim, "-- ").add(Style::Text, text).line]
    }

    /// What is worth a faint line on a terminal, and nothing in a pipe.
    fn presence(&mut self, event: &Event) -> Vec<String> {
        if let (Event::Joined { room, own: true, .. }, Screen::Terminal) = (event, self.screen) {
            self.expect(Asked::Members, room);
        }
        let Some((at, text)) = happening::happening(event).filter(|_| self.screen == Screen::Terminal) else {
            return Vec::new();
        };
        let time = at.and_then(|at| self.local(at)).map(|at| at.strftime("%H:%M ").to_string());
        vec![self.begin().add(Style::Dim, &format!("{}-- {text}", time.unwrap_or_default())).line]
    }

    fn new_day(&mut self, at: &Zoned) -> Vec<String> {
        if self.day.replace(at.date()) == Some(at.date()) {
            return Vec::new();
        }
        let day = at.strftime("—— %A, %-d %B %Y ——").to_string();
        vec![self.begin().add(Style::Dim, &day).line]
    }

    fn begin(&self) -> Painted {
        Painted { color: self.color, line: String::new() }
    }

    fn local(&self, at: Timestamp) -> Option<Zoned> {
        Moment::from_millisecond(at.0).ok().map(|moment| moment.to_zoned(self.zone.clone()))
    }
}

/// The list of commands.
pub(super) fn help() -> Vec<String> {
    let width = input::COMMANDS.iter().map(|(name, arguments, _)| name.len() + arguments.len()).max();
    let row = |(name, arguments, what): &(&str, &str, &str)| {
        let left = format!("/{name} {arguments}");
        format!("  {left:width$}  {what}", width = width.unwrap_or(0) + 2)
    };
    input::COMMANDS.iter().map(row).collect()
}

fn in_brackets(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}

/// Whether a text names somebody, as a word of its own.
fn names(text: &str, nick: &str) -> bool {
    let is_part = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'));
    !nick.is_empty() && text.split(is_part).any(|word| word.eq_ignore_ascii_case(nick))
}

/// One of the colours that are readable on light and on dark. Source: FNV-1a.
fn nick_color(nick: &str) -> u8 {
    const COLORS: [u8; 9] = [31, 32, 33, 35, 36, 91, 92, 94, 95];
    let hash = nick.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    });
    COLORS[hash as usize % COLORS.len()]
}

#[cfg(test)]
mod tests;
