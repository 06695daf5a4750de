//! Whether anybody sits in front of the screen, and what the servers are told of it.

use super::{App, Server};
use crate::client::Action;
use crate::clock::Timestamp;

impl App {
    /// Time goes on: who does nothing for long is away.
    pub(super) fn pass(&mut self, now: Timestamp) {
        self.now = now;
        let limit_ms = i64::from(self.settings.away_minutes) * 60_000;
        if !self.idle && limit_ms > 0 && now.0 - self.touched.0 >= limit_ms {
            self.idle = true;
            self.tell_away(Some("idle"));
        }
    }

    /// Somebody is there.
    pub(super) fn touch(&mut self) {
        self.touched = self.now;
        if std::mem::take(&mut self.idle) {
            self.tell_away(None);
        }
    }

    /// Tells all servers where one is not away by one's own word.
    fn tell_away(&mut self, text: Option<&str>) {
        let goes = text.is_some();
        let is_told = |server: &&mut Server| if goes { !server.away } else { server.is_idle };
        let servers = self.servers.iter_mut().filter(is_told);
        let ids: Vec<_> = servers
            .map(|server| {
                server.is_idle = goes;
                server.id
            })
            .collect();
        for id in ids {
            self.act(id, Action::Away { text: text.map(str::to_owned) });
        }
    }

    pub(super) fn focus(&mut self, focused: bool) {
        if self.focused
            && !focused
            && let Some(left) = self.current_mut().filter(|left| left.is_at_end())
        {
            left.new_from = None;
        }
        self.focused = focused;
    }
}
