//! The service: what all sessions share of the server around them.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use crate::auth::Authenticator;
use crate::clock::{Clock, Timestamp};
use crate::ids::SessionId;
use crate::journal::Journal;
use crate::limits::Limits;
use crate::names::RoomName;
use crate::protocol::isupport;
use crate::store::{Search, Store};

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Who has an invitation.
    Invite,
    /// Everybody.
    Open,
    /// Nobody; administrators make accounts.
    Closed,
}

/// What sessions need of the server.
pub struct Service {
    /// The server's name, the source of its replies.
    pub name: String,
    /// The network's name, shown by clients.
    pub network_name: String,
    /// The way to change anything.
    pub journal: Journal,
    /// The way to what is stored.
    pub store: Arc<dyn Store>,
    /// The way to find messages by their words, unless it is switched off.
    pub search: Option<Arc<dyn Search>>,
    /// Who checks credentials.
    pub authenticator: Arc<Authenticator>,
    /// The time.
    pub clock: Clock,
    /// The limits in force.
    pub limits: Limits,
    /// Who may make an account.
    pub registration: Registration,
    /// Whether people without an account are admitted.
    pub guests: bool,
    /// The nick that stands for "any": the port is put behind it.
    pub guest_prefix: String,
    /// The room that new accounts enter.
    pub default_room: Option<RoomName>,
    /// The message of the day.
    pub motd: Vec<String>,
    /// When the server started.
    pub started_at: Timestamp,
    /// Makes guests' hosts: random, new at each start.
    pub host_key: [u8; 32],
    /// Turns to a reason when the server stops.
    pub shutdown: watch::Receiver<Option<String>>,
    /// The last identity given to a session.
    pub last_session: AtomicU64,
}

impl Service {
    /// An identity that no session had.
    pub fn next_session(&self) -> SessionId {
        SessionId(self.last_session.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// The tokens of numeric 005, in lines.
    #[must_use]
    pub fn isupport(&self) -> Vec<Vec<String>> {
        isupport::lines(&isupport::Network {
            name: &self.network_name,
            account_required: !self.guests,
            limits: &self.limits,
        })
    }

    /// The host shown for a guest: the same for the same address, and no way back to it.
    #[must_use]
    pub fn guest_host(&self, address: Option<IpAddr>) -> String {
        let shown = address.map_or_else(|| "local".to_owned(), |address| address.to_string());
        let digest = Sha256::new().chain_update(self.host_key).chain_update(shown).finalize();
        let text = URL_SAFE_NO_PAD.encode(&digest[..9]).replace(['-', '_'], "x");
        format!("{}.guests", text.to_ascii_lowercase())
    }
}
