//! A server as the screen knows it: how to get in, how the connection is, what it can do.

use std::path::PathBuf;
use std::time::Duration;

use crate::client::connection::Security;
use crate::client::event::Abilities;
use crate::client::{self, Fingerprint, Identity};
use crate::clock::Timestamp;
use crate::names::RoomName;

use super::super::conversation::{Address, ServerId};

/// How to get into a server.
#[derive(Clone, Debug)]
pub struct Login {
    /// Where it listens.
    pub server: client::Server,
    /// The only certificate to be trusted.
    pub fingerprint: Option<Fingerprint>,
    /// The only authorities to be trusted.
    pub ca: Option<PathBuf>,
    /// Who comes.
    pub identity: Identity,
    /// Rooms to enter.
    pub rooms: Vec<RoomName>,
    /// The one of them that comes to the screen, wherever one was the last time.
    pub opens: Option<RoomName>,
    /// Messages fetched on entering a room.
    pub history_len: usize,
    /// What it is called in the settings.
    pub profile: Option<String>,
}

/// How a connection is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// On the way.
    Connecting,
    /// There.
    Online,
    /// Gone; the next attempt is made at this time.
    Offline {
        /// Why.
        reason: String,
        /// When.
        retry_at: Timestamp,
    },
    /// Over.
    Ended,
}

/// A server one is on, or wants to be on.
#[derive(Debug)]
pub struct Server {
    /// Names it here.
    pub id: ServerId,
    /// How to get in.
    pub login: Login,
    /// What it is called in the list.
    pub label: String,
    /// One's nick there.
    pub nick: String,
    /// How the connection is.
    pub link: Link,
    /// The room to be in at the start, until one is.
    pub first_room: Option<Address>,
    /// How it is protected.
    pub security: Option<Security>,
    /// What it can do.
    pub abilities: Abilities,
    /// How long it takes to answer.
    pub lag: Option<Duration>,
    /// One is away.
    pub away: bool,
    /// One is, because nobody pressed a key for long.
    pub is_idle: bool,
}

/// A file on its way.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Where it is to be shown.
    pub conversation: String,
}
