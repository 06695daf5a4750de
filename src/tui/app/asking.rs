//! What one asked the server for, and wants to see the answer of: the same is told without a question, too.

use super::super::conversation::Address;
use super::App;
use crate::client::Action;

/// Questions that wait for their answers; beyond, the answers are not shown.
const ASKED_LEN_MAX: usize = 32;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Who is in a room.
    Members,
    /// What it is about.
    Topic,
}

impl App {
    /// Notes what this asks for.
    pub(super) fn ask(&mut self, address: &Address, action: &Action) {
        let asked = if let Action::Members { room } = action {
            (Asked::Members, Address::of(address.server, room))
        } else if let Action::Topic { room, text: None } = action {
            (Asked::Topic, Address::of(address.server, room))
        } else {
            return;
        };
        if self.asked.len() < ASKED_LEN_MAX {
            self.asked.push(asked);
        }
    }

    /// Whether this was asked for; it is answered now.
    pub(super) fn was_asked(&mut self, what: Asked, address: &Address) -> bool {
        let index = self.asked.iter().position(|(asked, of)| *asked == what && of == address);
        index.map(|index| self.asked.swap_remove(index)).is_some()
    }
}
