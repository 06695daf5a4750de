//! A full-screen program, such as the companion client, on a terminal that knows what it shows.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Expect as _, Session};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{LocalModes, tcgetattr};
use vt100::{MouseProtocolMode, Parser};

use super::{PATIENCE, process};

const COLUMNS: u16 = 110;
const ROWS: u16 = 30;

/// Where a client goes, and where it is at home.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    pub(crate) port: u16,
    /// What a bouncer wants to be told behind the account: `/network`.
    pub(crate) network: &'static str,
    /// The certificate's.
    pub(crate) fingerprint: String,
    /// Of every account.
    pub(crate) password: &'static str,
    pub(crate) home: PathBuf,
}

/// A program that fills a screen.
pub(crate) struct Screen {
    session: OsSession,
    shown: Arc<(Mutex<Shown>, Condvar)>,
}

struct Shown {
    terminal: Parser,
    /// Nothing more is written.
    ended: bool,
}

impl Screen {
    /// Starts the client of this account, which trusts the server.
    pub(crate) fn start(door: &Door, name: &str) -> Self {
        let mut command = process::command(env!("CARGO_BIN_EXE_chat-secure-client"), &door.home);
        let port = door.port.to_string();
        let user = format!("{name}{}", door.network);
        command.args(["--host", "localhost", "--port", &port, "--user", &user]);
        command.args(["--fingerprint", &door.fingerprint]);
        command.env("CHAT_SECURE_PASSWORD", door.password);
        Self::of(command)
    }

    /// Starts this program.
    pub(crate) fn of(mut command: Command) -> Self {
        command.env("TERM", "xterm-256color").env("TZ", "UTC").stdin(Stdio::inherit());
        let mut session = Session::spawn(command).unwrap();
        session.get_process_mut().set_window_size(COLUMNS, ROWS).unwrap();
        let mut output = session.get_process().get_raw_handle().unwrap();
        let terminal = Parser::new(ROWS, COLUMNS, 0);
        let shown = Arc::new((Mutex::new(Shown { terminal, ended: false }), Condvar::new()));
        let writer = Arc::clone(&shown);
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                // The end of the program is an error of the terminal.
                let len = output.read(&mut bytes).unwrap_or(0);
                let mut shown = writer.0.lock().unwrap();
                shown.terminal.process(&bytes[..len]);
                shown.ended = len == 0;
                writer.1.notify_all();
                if shown.ended {
                    return;
                }
            }
        });
        Self { session, shown }
    }

    /// Types it.
    pub(crate) fn write(&mut self, text: &str) {
        self.session.send(text).unwrap();
    }

    /// Types it, and Enter.
    pub(crate) fn enter(&mut self, text: &str) {
        self.write(text);
        self.write("\r");
    }

    /// Waits until the screen is so.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, holds: impl Fn(&str) -> bool) {
        let shown = self.shown.0.lock().unwrap();
        let is_other = |shown: &mut Shown| !shown.ended && !holds(&shown.terminal.screen().contents());
        let (shown, _) = self.shown.1.wait_timeout_while(shown, PATIENCE, is_other).unwrap();
        let text = shown.terminal.screen().contents();
        drop(shown);
        assert!(holds(&text), "never {what}:\n{text}");
    }

    /// Waits until it shows this.
    #[track_caller]
    pub(crate) fn see(&self, text: &str) {
        self.until(text, |screen| screen.contains(text));
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.session.get_process().pid().as_raw()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Whether the terminal is the program's: its other screen, its mouse, and keys one by one.
    pub(crate) fn is_taken(&self) -> bool {
        let shown = self.shown.0.lock().unwrap();
        let screen = shown.terminal.screen();
        let terminal = self.session.get_process().get_raw_handle().unwrap();
        let line_by_line = tcgetattr(terminal).unwrap().local_modes.contains(LocalModes::ICANON);
        let modes = [
            screen.alternate_screen(),
            screen.bracketed_paste(),
            screen.mouse_protocol_mode() != MouseProtocolMode::None,
            !line_by_line,
        ];
        assert!(modes.iter().all(|mode| *mode == modes[0]), "{modes:?}");
        assert!(modes[0] || !screen.hide_cursor());
        modes[0]
    }

    /// Whether it has the other screen, and keys one by one; the cursor hides only then.
    pub(crate) fn is_full(&self) -> bool {
        let terminal = self.session.get_process().get_raw_handle().unwrap();
        let line_by_line = tcgetattr(terminal).unwrap().local_modes.contains(LocalModes::ICANON);
        let shown = self.shown.0.lock().unwrap();
        let screen = shown.terminal.screen();
        let modes = [screen.alternate_screen(), screen.hide_cursor(), !line_by_line];
        assert!(modes.iter().all(|mode| *mode == modes[0]), "{modes:?}");
        modes[0]
    }

    /// The same after its end.
    pub(crate) fn is_full_when_it_ends(&self) -> bool {
        self.wait_for_end();
        self.is_full()
    }

    /// [`Screen::is_taken`] after its end.
    pub(crate) fn is_taken_when_it_ends(&self) -> bool {
        self.wait_for_end();
        self.is_taken()
    }

    /// Waits until the program has ended.
    pub(crate) fn end(self) -> i32 {
        self.wait_for_end();
        let status = self.session.get_process().wait().unwrap();
        let WaitStatus::Exited(_, code) = status else { panic!("{status:?}") };
        code
    }

    fn wait_for_end(&self) {
        let shown = self.shown.0.lock().unwrap();
        let (shown, _) = self.shown.1.wait_timeout_while(shown, PATIENCE, |shown| !shown.ended).unwrap();
        assert!(shown.ended, "it goes on");
    }

    /// What it shows.
    pub(crate) fn text(&self) -> String {
        self.shown.0.lock().unwrap().terminal.screen().contents()
    }

    /// What was said, row by row in the order of the screen, without the sides.
    pub(crate) fn messages(&self) -> Vec<String> {
        let text = self.text();
        let middle = text.lines().filter_map(|line| line.split_once('│')?.1.rsplit_once('│'));
        let said = middle.filter_map(|(middle, _)| match middle.split_once(" │ ") {
            Some((left, _)) if left.ends_with("--") => None,
            Some((_, text)) => Some(text.trim_end()),
            // What goes on is set in; a line for a day is not.
            None => middle.strip_prefix("  ").map(str::trim),
        });
        said.filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }
}
