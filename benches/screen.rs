//! What the full-screen client costs: messages taken in, pictures drawn, lines kept. No server, no terminal.

use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use chat_secure::client::action::Kind;
use chat_secure::client::event::{Event, Origin, Said};
use chat_secure::client::{Identity, Server};
use chat_secure::clock::Timestamp;
use chat_secure::names::Nick;
use chat_secure::tui::app::{App, Login, Message, Start, update};
use chat_secure::tui::conversation::ServerId;
use chat_secure::tui::input::{Command, Keys};
use chat_secure::tui::settings::Settings;
use chat_secure::tui::theme::{Depth, Ground, Theme};
use chat_secure::tui::view;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const SERVER: ServerId = ServerId(0);
const NOON: i64 = 1_795_176_000_000;
const SIZE: (u16, u16) = (120, 40);

fn main() {
    let mut app = app();
    let mut terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap_or_else(|error| match error {});
    let mut draw = |app: &App| {
        black_box(terminal.draw(|frame| view::draw(app, frame)).is_ok());
    };
    let before = resident();
    let begin = Instant::now();
    for number in 0..100_000 {
        take(&mut app, number);
    }
    report("100,000 messages taken in", begin.elapsed(), 100_000);
    let begin = Instant::now();
    for number in 100_000..101_000 {
        take(&mut app, number);
        draw(&app);
    }
    report("a message taken in and the screen drawn", begin.elapsed(), 1_000);
    for number in 101_000..1_000_000 {
        take(&mut app, number);
    }
    println!("a million lines: {} MB", (resident() - before) / 1_000_000);
    let begin = Instant::now();
    for _ in 0..1_000 {
        drop(update(&mut app, Message::Command(Command::PageUp)));
        draw(&app);
    }
    report("a screen up, drawn, among a million lines", begin.elapsed(), 1_000);
}

fn report(what: &str, took: Duration, count: u32) {
    println!("{what}: {:?} each, {:?} in all", took / count, took);
}

fn take(app: &mut App, number: i64) {
    let nick = format!("nick{}", number % 200);
    let said = Said {
        conversation: "#lobby".into(),
        from: nick,
        kind: Kind::Message,
        text: format!(
            "message {number}: **about** a hundred bytes of text, as people write it, https://example.org/{number}"
        ),
        at: Timestamp(NOON + number),
        msgid: Some(format!("01hf7yat{number:018}")),
        own: false,
        origin: Origin::Live,
        account: None,
        reply_to: None,
        mark: None,
        local: None,
    };
    drop(update(app, Message::Told(SERVER, Box::new(Event::Said(said)))));
}

fn app() -> App {
    let start = Start {
        now: Timestamp(NOON),
        zone: TimeZone::UTC,
        size: SIZE,
        theme: Theme::of(Ground::Dark, Depth::True),
        keys: Keys::default(),
        settings: Settings::default(),
        in_tmux: false,
    };
    let mut app = App::new(start);
    let Ok(name) = Nick::parse("alice") else { return app };
    let login = Login {
        server: Server { host: "chat.example".into(), port: 6697 },
        fingerprint: None,
        ca: None,
        identity: Identity::Guest { name },
        rooms: Vec::new(),
        history_len: 0,
        profile: None,
    };
    drop(app.connect(login));
    let joined = Event::Joined {
        room: "#lobby".into(),
        nick: "alice".into(),
        account: None,
        own: true,
        at: Timestamp(NOON),
    };
    drop(update(&mut app, Message::Told(SERVER, Box::new(joined))));
    app
}

/// Bytes of memory that are this process's own.
fn resident() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or(0) * 4096
}
