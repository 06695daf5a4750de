//! What the full-screen client costs: messages taken in, pictures drawn, lines kept, and the way to its
//! first picture. No server; a terminal for the last one only.

use std::fs;
use std::hint::black_box;
use std::io::{self, Read as _};
use std::process::{Command as Program, Stdio};
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
use expectrl::Session;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use vt100::Parser;

const SERVER: ServerId = ServerId(0);
const NOON: i64 = 1_795_176_000_000;
const SIZE: (u16, u16) = (120, 40);
const STARTS: usize = 21;

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
    drop(app);
    let mut starts: Vec<_> = (0..STARTS).filter_map(|_| first_picture().ok()).collect();
    starts.sort_unstable();
    let median = starts.get(starts.len() / 2);
    println!("from the start to the first picture: {median:?}, median of {} in {STARTS}", starts.len());
}

/// How long the program itself takes, on a terminal, until it asks who comes.
fn first_picture() -> io::Result<Duration> {
    let home = tempfile::tempdir()?;
    let mut program = Program::new(env!("CARGO_BIN_EXE_chat-secure-client"));
    program.env_clear().env("HOME", home.path()).env("TERM", "xterm-256color").stdin(Stdio::inherit());
    let begin = Instant::now();
    let mut session = Session::spawn(program).map_err(io::Error::other)?;
    session.get_process_mut().set_window_size(SIZE.0, SIZE.1).map_err(io::Error::other)?;
    let mut output = session.get_process().get_raw_handle().map_err(io::Error::other)?;
    let (mut terminal, mut bytes) = (Parser::new(SIZE.1, SIZE.0, 0), [0; 4096]);
    while !terminal.screen().contents().contains("Password") {
        match output.read(&mut bytes)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            len => terminal.process(&bytes[..len]),
        }
    }
    Ok(begin.elapsed())
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
        opens: None,
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
