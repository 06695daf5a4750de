//! Keeps what outlasts the program in its file, a few seconds behind what is on the screen.

use std::path::PathBuf;

use tokio::time::{Duration, Instant};

use crate::tui::memory::{self, Memory};

/// How long a change may wait to be written.
const SAVE_EVERY: Duration = Duration::from_secs(5);

/// The file, and what is in it.
pub(super) struct Keeper {
    path: Option<PathBuf>,
    saved: Memory,
    looked_at: Instant,
}

impl Keeper {
    /// Where nothing is to be remembered, it neither reads nor writes.
    pub(super) fn new(remembers: bool) -> Self {
        let path = if remembers { memory::path(|name| std::env::var_os(name)) } else { None };
        Self { path, saved: Memory::default(), looked_at: Instant::now() }
    }

    /// What there was the last time.
    ///
    /// # Errors
    /// The file can't be read, ready to read; it will be made anew.
    pub(super) fn load(&self) -> Result<Memory, String> {
        let Some(path) = &self.path else { return Ok(Memory::default()) };
        Memory::load(path).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Whether it is time to look for changes.
    pub(super) fn is_due(&self) -> bool {
        self.path.is_some() && self.looked_at.elapsed() >= SAVE_EVERY
    }

    /// Writes what changed.
    ///
    /// # Errors
    /// It can't be written, ready to read; it is not tried again.
    pub(super) fn save(&mut self, memory: Memory) -> Result<(), String> {
        self.looked_at = Instant::now();
        let Some(path) = self.path.clone().filter(|_| memory != self.saved) else { return Ok(()) };
        self.saved = memory;
        self.saved.save(&path).map_err(|error| {
            self.path = None;
            format!("{}: {error}", path.display())
        })
    }
}
