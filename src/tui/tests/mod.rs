//! The full-screen client without a terminal: what messages change, what the screen shows.

mod anything;
mod commands;
mod page;
mod screens;
mod scrolling;
mod talking;
mod visiting;

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use zeroize::Zeroizing;

use super::app::{App, Effect, Login, Message, Start, update};
use super::conversation::ServerId;
use super::input::{Keys, read};
use super::settings::Settings;
use super::theme::{Depth, Ground, Theme};
use super::view;
use crate::client::action::Kind;
use crate::client::event::{Abilities, Member, Origin, Presence, Said};
use crate::client::trust::Presented;
use crate::client::{Action, Event, Fingerprint, Identity, Server};
use crate::clock::Timestamp;
use crate::names::RoomName;

/// 2026-11-20T12:00:00Z.
const NOON: i64 = 1_795_176_000_000;
const SERVER: ServerId = ServerId(0);

/// A client on a screen of this size; what it wants done is gathered.
struct Desk {
    app: App,
    effects: Vec<Effect>,
}

impl Desk {
    fn new(columns: u16, rows: u16) -> Self {
        let start = Start {
            now: Timestamp(NOON),
            zone: TimeZone::UTC,
            size: (columns, rows),
            theme: Theme::of(Ground::Dark, Depth::True),
            keys: Keys::default(),
            settings: Settings::default(),
            in_tmux: false,
        };
        Self { app: App::new(start), effects: Vec::new() }
    }

    /// One that is connected as alice, in `#lobby` with bob and carol.
    fn in_lobby(columns: u16, rows: u16) -> Self {
        let mut desk = Self::new(columns, rows);
        desk.effects = desk.app.connect(login());
        desk.online(false);
        desk.tell(joined("#lobby", "alice", true));
        desk.tell(Event::Members { room: "#lobby".into(), members: members() });
        desk.tell(Event::CaughtUp { conversation: "#lobby".into() });
        desk.effects.clear();
        desk
    }

    fn online(&mut self, again: bool) {
        self.tell(Event::Online { nick: "alice".into(), network: Some("ChatSecure".into()), again });
        self.tell(Event::Abilities(all()));
    }

    fn take(&mut self, message: Message) {
        self.effects.extend(update(&mut self.app, message));
    }

    fn tell(&mut self, event: Event) {
        self.take(Message::Told(SERVER, Box::new(event)));
    }

    fn press(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        let key = crossterm::event::Event::Key(KeyEvent::new(code, modifiers));
        if let Some(message) = read(key, &self.app.keys) {
            self.take(message);
        }
    }

    fn key(&mut self, code: KeyCode) {
        self.press(code, KeyModifiers::NONE);
    }

    fn write(&mut self, text: &str) {
        text.chars().for_each(|c| self.key(KeyCode::Char(c)));
    }

    fn enter(&mut self, text: &str) {
        self.write(text);
        self.key(KeyCode::Enter);
    }

    /// What sessions were told to do since the last question.
    fn actions(&mut self) -> Vec<Action> {
        let effects = std::mem::take(&mut self.effects);
        let act = |effect| if let Effect::Act(_, action) = effect { Some(action) } else { None };
        effects.into_iter().filter_map(act).collect()
    }

    /// The screen, without colours.
    fn screen(&self) -> String {
        let mut terminal = Terminal::new(TestBackend::new(self.app.size.0, self.app.size.1)).unwrap();
        terminal.draw(|frame| view::draw(&self.app, frame)).unwrap();
        let buffer = terminal.backend().buffer().clone();
        let width = usize::from(buffer.area.width).max(1);
        let rows = buffer.content.chunks(width);
        let text = |row: &[ratatui::buffer::Cell]| {
            let mut skip = 0;
            let mut text = String::new();
            for cell in row {
                if skip == 0 {
                    text.push_str(cell.symbol());
                    skip = super::wrap::columns(cell.symbol()).max(1);
                }
                skip -= 1;
            }
            text.trim_end().to_owned()
        };
        rows.map(text).collect::<Vec<_>>().join("\n")
    }
}

/// What is on the screen in which colours: each style once, with the first text that has it.
fn styles(desk: &Desk) -> String {
    let mut terminal = Terminal::new(TestBackend::new(desk.app.size.0, desk.app.size.1)).unwrap();
    terminal.draw(|frame| view::draw(&desk.app, frame)).unwrap();
    let mut seen: Vec<(ratatui::style::Style, String)> = Vec::new();
    let mut last = None;
    for cell in &terminal.backend().buffer().content {
        let style = cell.style();
        match seen.iter_mut().find(|(other, _)| *other == style) {
            Some((_, text)) if last == Some(style) && text.len() < 16 => text.push_str(cell.symbol()),
            Some(_) => {}
            None => seen.push((style, cell.symbol().to_owned())),
        }
        last = Some(style);
    }
    let line = |(style, text): (ratatui::style::Style, String)| {
        let color =
            |color: Option<ratatui::style::Color>| color.map_or("-".to_owned(), |color| color.to_string());
        format!("{:8} on {:8} {:?}: {}", color(style.fg), color(style.bg), style.add_modifier, text.trim())
    };
    seen.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

fn login() -> Login {
    Login {
        opens: None,
        server: Server { host: "chat.example".into(), port: 6697 },
        fingerprint: None,
        ca: None,
        identity: Identity::sign_in("alice".parse().unwrap(), Zeroizing::new("correct horse battery".into())),
        rooms: vec![RoomName::parse("#lobby").unwrap()],
        history_len: 100,
        profile: None,
    }
}

/// The public key of a server that nobody knows yet.
const KEY: &str = "spki-sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A server that nobody knows yet.
fn presented() -> Presented {
    Presented {
        server: Server { host: "chat.example".into(), port: 6697 },
        names: vec!["chat.example".into()],
        fingerprint: Fingerprint::of(b"certificate"),
        key: Some(KEY.parse().unwrap()),
        key_exchange: "X25519MLKEM768".into(),
    }
}

fn all() -> Abilities {
    Abilities {
        history: true,
        search: true,
        edits: true,
        redactions: true,
        reactions: true,
        replies: true,
        typing: true,
        read_markers: true,
        multiline: true,
        watching: true,
        uploads: true,
        account_bans: true,
    }
}

fn members() -> Vec<Member> {
    let member = |nick: &str, prefix: &str, presence| Member {
        nick: nick.into(),
        prefix: prefix.into(),
        presence,
        account: Some(nick.into()),
    };
    vec![
        member("carol", "", Presence::Away("lunch".into())),
        member("alice", "", Presence::Online),
        member("dave", "", Presence::Offline),
        member("bob", "@", Presence::Online),
    ]
}

fn joined(room: &str, nick: &str, own: bool) -> Event {
    Event::Joined { room: room.into(), nick: nick.into(), account: None, own, at: Timestamp(NOON) }
}

/// Somebody says something, so many seconds after noon.
fn said(conversation: &str, from: &str, text: &str, seconds: i64) -> Said {
    Said {
        conversation: conversation.into(),
        from: from.into(),
        kind: Kind::Message,
        text: text.into(),
        at: Timestamp(NOON + seconds * 1_000),
        msgid: Some(format!("{conversation}-{from}-{seconds}")),
        own: from == "alice",
        origin: Origin::Live,
        account: None,
        reply_to: None,
        mark: None,
        local: None,
    }
}

fn lag() -> Event {
    Event::Lag(Duration::from_millis(23))
}
