//! The service: what all sessions share of the server around them.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use crate::auth::{Authenticator, BanList};
use crate::clock::{Clock, Timestamp};
use crate::ids::SessionId;
use crate::journal::Journal;
use crate::limits::Limits;
use crate::names::RoomName;
use crate::protocol::isupport;
use crate::store::{Search, Store};
use crate::uploads::FileStorage;

use super::metrics::Metrics;
use super::roster::Roster;

/// Where files are taken, below the web's address.
pub const UPLOAD_PATH: &str = "/upload";

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

/// Whether an account has an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Email {
    /// None is kept.
    None,
    /// Who wants to may say one.
    Optional,
    /// Nobody registers without one.
    Required,
}

/// What the operator may change while the server runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Who may make an account.
    pub registration: Registration,
    /// Whether accounts are made before one is in, or only by guests who are.
    pub registration_before_connect: bool,
    /// Whether an account has an e-mail address.
    pub registration_email: Email,
    /// The hash of the password that people without an account need (PHC string); `None`: they need none.
    pub server_password_hash: Option<String>,
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
    /// The files that people sent.
    pub files: Arc<FileStorage>,
    /// Who checks credentials.
    pub authenticator: Arc<Authenticator>,
    /// The time.
    pub clock: Clock,
    /// The limits in force.
    pub limits: Limits,
    /// What the operator may change while the server runs; a change is told to clients.
    pub policy: watch::Receiver<Arc<Policy>>,
    /// Seconds for which clients are to use TLS only (IRCv3 sts); 0: nothing is said of that.
    pub sts_duration_s: u64,
    /// The port of the first TLS listener, once there is one.
    pub tls_port: OnceLock<u16>,
    /// The web's address as people reach it, without a slash at its end, once there is one.
    pub web_url: OnceLock<String>,
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
    /// Every connection there is.
    pub roster: Arc<Roster>,
    /// What sessions count.
    pub metrics: Metrics,
    /// Who is kept out.
    pub bans: Arc<BanList>,
    /// The last identity given to a session.
    pub last_session: AtomicU64,
}

impl Service {
    /// An identity that no session had.
    pub fn next_session(&self) -> SessionId {
        SessionId(self.last_session.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// What the operator wants at this moment.
    #[must_use]
    pub fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.policy.borrow())
    }

    /// The tokens of numeric 005, in lines.
    #[must_use]
    pub fn isupport(&self) -> Vec<Vec<String>> {
        isupport::lines(&isupport::Network {
            name: &self.network_name,
            account_required: !self.guests,
            limits: &self.limits,
            file_host: self.file_host().as_deref(),
        })
    }

    /// Where files are taken; `None` if none are, or nobody could say where that is.
    #[must_use]
    pub fn file_host(&self) -> Option<String> {
        let takes = self.files.rules().file_bytes_max > 0;
        self.web_url.get().filter(|_| takes).map(|url| format!("{url}{UPLOAD_PATH}"))
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
