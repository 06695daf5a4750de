//! Who is where: presence, members, rooms, conversations.
//!
//! Holds what is told; decides nothing.

use crate::clock::Timestamp;

/// Whether somebody is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// There.
    Online,
    /// Connected, but not there.
    Away(String),
    /// Not connected.
    Offline,
}

impl Presence {
    /// What an AWAY line says. Our server marks members without a connection by the text `offline`.
    #[must_use]
    pub fn of_away(text: &str) -> Self {
        match text {
            "" => Self::Online,
            "offline" => Self::Offline,
            other => Self::Away(other.into()),
        }
    }
}

/// Somebody in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub nick: String,
    /// `@` for an operator, `+` for voice and the like.
    pub prefix: String,
    /// Whether they are there.
    pub presence: Presence,
    /// The account they are signed in to, if the server tells.
    pub account: Option<String>,
}

/// A room in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Its name.
    pub name: String,
    /// How many are in it, as the server writes it.
    pub members: String,
    /// Its topic.
    pub topic: String,
}

/// A direct conversation that the server knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The other side.
    pub name: String,
    /// When something was last said there.
    pub last: Timestamp,
}
