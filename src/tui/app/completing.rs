//! Completion of nicks, rooms, commands and emoji.

use super::App;

impl App {
    pub(super) fn complete(&mut self, _back: bool) {}
}
