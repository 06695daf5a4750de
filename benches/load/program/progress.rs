//! What is going on, on standard error: one line that changes on a terminal, else a line a round.

use std::io::{IsTerminal as _, Write as _};

/// Tells what is going on.
pub(crate) struct Progress {
    is_terminal: bool,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal() }
    }

    /// What is done now; seen on a terminal only.
    pub(crate) fn now(&self, text: &str) {
        if self.is_terminal {
            eprint!("\r\x1b[K{text}");
            drop(std::io::stderr().flush());
        }
    }

    /// What is finished.
    pub(crate) fn done(&self, text: &str) {
        let clear = if self.is_terminal { "\r\x1b[K" } else { "" };
        eprintln!("{clear}{text}");
    }
}
