//! The order of the people in a room: who has a role first, then who is there, then by name.

use crate::client::event::{Member, Presence};

/// What members are sorted by.
#[must_use]
pub fn order(member: &Member) -> (u8, u8, String) {
    (role(&member.prefix), presence(&member.presence), member.nick.to_ascii_lowercase())
}

/// The highest role comes first.
fn role(prefix: &str) -> u8 {
    match prefix.chars().next() {
        Some('~') => 0,
        Some('&') => 1,
        Some('@') => 2,
        Some('%') => 3,
        Some('+') => 4,
        Some(_) | None => 5,
    }
}

fn presence(presence: &Presence) -> u8 {
    match presence {
        Presence::Online => 0,
        Presence::Away(_) => 1,
        Presence::Offline => 2,
    }
}
