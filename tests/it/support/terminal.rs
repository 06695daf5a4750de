//! The companion client on a terminal of its own.

use std::ops::{Deref, DerefMut};
use std::process::Stdio;

use expectrl::Session;
use expectrl::session::OsSession;

use super::{PATIENCE, Server, process};

/// A client that believes somebody types.
pub(crate) struct Terminal(OsSession);

impl Terminal {
    /// Starts it with these arguments after its host and port, without colours.
    pub(crate) fn start(server: &Server, args: &[&str]) -> Self {
        Self::start_on("xterm", server, args)
    }

    /// The same on a terminal of this kind.
    pub(crate) fn start_on(kind: &str, server: &Server, args: &[&str]) -> Self {
        let mut command = process::command(env!("CARGO_BIN_EXE_chat-secure-client"), &server.folder());
        let port = server.port().to_string();
        command.args(["--plain", "--host", "localhost", "--port", &port, "--color", "never"]).args(args);
        // The terminal, instead of nothing.
        command.stdin(Stdio::inherit()).env("TERM", kind).env("USER", "tester");
        let mut session = Session::spawn(command).unwrap();
        session.set_expect_timeout(Some(PATIENCE));
        Self(session)
    }
}

impl Deref for Terminal {
    type Target = OsSession;

    fn deref(&self) -> &OsSession {
        &self.0
    }
}

impl DerefMut for Terminal {
    fn deref_mut(&mut self) -> &mut OsSession {
        &mut self.0
    }
}
