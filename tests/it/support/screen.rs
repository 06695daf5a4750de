//! The companion client as a full-screen program, on a terminal that knows what it shows.

use std::cell::{Cell, RefCell};
use std::process::Stdio;

use expectrl::session::OsSession;
use expectrl::{Expect as _, Match, Needle, Session};
use vt100::Parser;

use super::{PASSWORD, PATIENCE, Server, process};

const COLUMNS: u16 = 110;
const ROWS: u16 = 30;

/// A client that fills a screen.
pub(crate) struct Screen {
    session: OsSession,
    shown: RefCell<Parser>,
}

/// What is waited for: that the screen is so.
struct When<'a, F> {
    shown: &'a RefCell<Parser>,
    /// How much of what is waiting to be matched was shown already.
    len: Cell<usize>,
    holds: F,
}

impl<F: Fn(&str) -> bool> Needle for When<'_, F> {
    fn check(&self, bytes: &[u8], _ended: bool) -> Result<Vec<Match>, expectrl::Error> {
        let mut shown = self.shown.borrow_mut();
        shown.process(&bytes[self.len.replace(bytes.len())..]);
        let holds = (self.holds)(&shown.screen().contents());
        Ok(holds.then(|| Match::new(0, bytes.len())).into_iter().collect())
    }
}

impl Screen {
    /// Starts the client of this account, which trusts the server.
    pub(crate) fn start(server: &Server, name: &str) -> Self {
        let mut command = process::command(env!("CARGO_BIN_EXE_chat-secure-client"), &server.folder());
        let port = server.port().to_string();
        command.args(["--host", "localhost", "--port", &port, "--user", name]);
        command.args(["--fingerprint", server.fingerprint()]);
        command.env("CHAT_SECURE_PASSWORD", PASSWORD).env("TERM", "xterm-256color").env("TZ", "UTC");
        command.stdin(Stdio::inherit());
        let mut session = Session::spawn(command).unwrap();
        session.get_process_mut().set_window_size(COLUMNS, ROWS).unwrap();
        session.set_expect_timeout(Some(PATIENCE));
        let parser = Parser::new(ROWS, COLUMNS, 0);
        Self { session, shown: RefCell::new(parser) }
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
    pub(crate) fn until(&mut self, what: &str, holds: impl Fn(&str) -> bool) {
        let Self { session, shown } = self;
        let when = When { shown, len: Cell::new(0), holds };
        if let Err(error) = session.expect(when) {
            panic!("never {what}: {error}\n{}", self.text());
        }
    }

    /// Waits until it shows this.
    #[track_caller]
    pub(crate) fn see(&mut self, text: &str) {
        self.until(text, |screen| screen.contains(text));
    }

    /// Waits until the program has ended.
    pub(crate) fn end(mut self) -> i32 {
        self.session.expect(expectrl::Eof).unwrap();
        match self.session.get_process().wait().unwrap() {
            expectrl::process::unix::WaitStatus::Exited(_, code) => code,
            other => panic!("{other:?}"),
        }
    }

    /// What it shows.
    pub(crate) fn text(&self) -> String {
        self.shown.borrow().screen().contents()
    }

    /// Who said what, in the order of the screen, without the sides.
    pub(crate) fn messages(&self) -> Vec<(String, String)> {
        let text = self.text();
        let middle = text.lines().filter_map(|line| line.split_once('│')).map(|(_, rest)| rest);
        let said = middle.filter_map(|line| line.split_once(" │ "));
        let said = said.map(|(left, text)| {
            let nick = left.split_whitespace().next_back().unwrap_or_default();
            let text = text.split('│').next().unwrap_or_default().trim_end();
            (nick.to_owned(), text.to_owned())
        });
        said.filter(|(nick, _)| nick != "--").collect()
    }
}
