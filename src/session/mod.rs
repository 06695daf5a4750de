//! A session: one connection from its first line to its last, whatever transport it came by.
//!
//! One task owns it: reading, timers, writing. It changes nothing itself; it replies, or submits
//! an intent to the journal.

pub mod composition;
pub mod flood;
pub mod outbound;
pub mod render;
pub mod roster;
pub mod sanction;
pub mod service;
pub mod transport;
pub mod websocket;

mod burst;
mod catch_up;
mod delivery;
mod marker;
mod metadata;
mod metrics;
pub mod reading;
mod refusal;
mod registration;
mod renaming;
mod reply;
mod run;
mod sign_in;
mod speech;
mod watching;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use crate::auth::Proof;
use crate::auth::secret::TokenSecret;
use crate::clock::Timestamp;
use crate::commands;
use crate::ids::{AccountId, IdMap, RoomId, Seq, SessionId, UserId};
use crate::journal::{Drained, Inbox, Intent, Outcome};
use crate::names::{AccountName, Nick};
use crate::protocol::{Cap, Caps, sasl};
use crate::room::Denied;

pub use composition::line_fits;
pub use metadata::Subscriber;
pub use metrics::Metrics;
pub use registration::{Registering, cut, user_name};
pub use roster::Roster;
pub use run::run;
pub use service::{Email, Policy, Registration, Service, UPLOAD_PATH};

use catch_up::Behind;
use composition::Composition;
use outbound::Outbound;
use reply::Response;
use roster::Seat;
use speech::Speeches;

/// Who is at the other end, as far as the transport knows.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The address; none on a unix socket.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub secure: bool,
    /// The SHA-256 of the client's certificate, 64 lower-case hex digits.
    pub certificate: Option<String>,
    /// The token that a browser keeps for a page of our own.
    pub token: Option<TokenSecret>,
}

/// The state of one connection. Owned by its task; handlers get it for the time of one command.
pub struct Session {
    /// Its identity.
    pub id: SessionId,
    /// The server around it.
    pub service: Arc<Service>,
    /// The other end.
    pub peer: Peer,
    /// The capabilities in force.
    pub caps: Caps,
    /// Whether the client understands capabilities with values (version 302).
    pub cap_302: bool,
    /// How far it has come.
    pub stage: Stage,
    /// An invitation it has shown.
    pub invitation: Option<String>,
    /// By what it signed in.
    pub proof: Option<Proof>,
    /// A SASL exchange under way.
    pub sasl: Option<Exchange>,
    inbox: Arc<Inbox>,
    /// Taken from the inbox and not shown yet.
    drained: Drained,
    /// Whether what is drained waits until the command that runs has replied.
    paused: bool,
    out: Outbound,
    /// The reply to the labelled command that runs.
    response: Option<Response>,
    /// The label of the command that runs, if it answers for itself.
    label: Option<String>,
    /// The number of the command that runs.
    command: u64,
    speeches: Speeches,
    /// The batch that the client has open.
    composition: Option<Composition>,
    /// The nicks it watches, at most [`crate::limits::WATCHED_MAX`].
    watched: Vec<Nick>,
    /// The metadata it wants to know.
    pub subscriber: Subscriber,
    /// The last entry shown of each room.
    cursors: IdMap<RoomId, Seq>,
    /// What must be read from the store before anything else is shown.
    behind: Behind,
    closing: Option<String>,
    /// What the client knows of what the operator wants.
    told_policy: Arc<Policy>,
    /// When the client last said anything.
    heard_at: Timestamp,
    /// Whether the journal knows that it is over.
    has_left: bool,
    /// Its place in the roster, until it has left.
    seat: Option<Seat>,
    /// What it holds of the bounds on strangers, until it is in.
    pub stranger: Option<Box<dyn Send + Sync>>,
    /// What the command that runs costs beside its row of the table.
    surcharge: u32,
}

/// How far a session has come.
#[derive(Debug)]
pub enum Stage {
    /// It says who it is.
    Registering(Box<Registering>),
    /// It is in.
    Registered(Registered),
}

/// Who a session turned out to be.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The user.
    pub user: UserId,
    /// The nick, as the client knows it by now.
    pub nick: Nick,
    /// The account.
    pub account: Option<(AccountId, AccountName)>,
    /// A guest's read markers; an account's are in the store.
    pub markers: HashMap<String, Timestamp>,
}

/// A SASL exchange.
#[derive(Debug)]
pub struct Exchange {
    /// The mechanism that was asked for.
    pub mechanism: Mechanism,
    /// What of the answer has come.
    pub answer: sasl::Assembler,
}

/// The SASL mechanisms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// Name and password, or a token.
    Plain,
    /// What the connection itself has shown: a client certificate, or the token in a browser's keeping.
    External,
}

impl Session {
    /// A connection that has not said anything yet.
    #[must_use]
    pub fn new(id: SessionId, service: Arc<Service>, peer: Peer) -> Self {
        let heard_at = service.clock.now();
        let inbox = Arc::default();
        let seat = service.roster.admit(id, peer.address, &inbox, heard_at);
        // From here on a change is told.
        let told_policy = service.policy();
        Self {
            id,
            service,
            peer,
            caps: Caps::default(),
            cap_302: false,
            stage: Stage::Registering(Box::default()),
            invitation: None,
            proof: None,
            sasl: None,
            inbox,
            drained: Drained::default(),
            paused: false,
            out: Outbound::default(),
            response: None,
            label: None,
            command: 0,
            speeches: Speeches::default(),
            composition: None,
            watched: Vec::new(),
            subscriber: Subscriber::default(),
            cursors: IdMap::default(),
            behind: Behind::default(),
            closing: None,
            told_policy,
            heard_at,
            has_left: false,
            seat: Some(seat),
            stranger: None,
            surcharge: 0,
        }
    }

    /// Whether the capability is in force.
    #[must_use]
    pub fn has(&self, cap: Cap) -> bool {
        self.caps.has(cap)
    }

    /// Who it is, once it is in.
    #[must_use]
    pub fn registered(&self) -> Option<&Registered> {
        match &self.stage {
            Stage::Registered(registered) => Some(registered),
            Stage::Registering(_) => None,
        }
    }

    /// The user; before registration a guest who is nowhere.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.registered().map_or(UserId::Guest(self.id), |registered| registered.user)
    }

    /// The account it signed in to.
    #[must_use]
    pub fn account(&self) -> Option<&(AccountId, AccountName)> {
        match &self.stage {
            Stage::Registered(registered) => registered.account.as_ref(),
            Stage::Registering(registering) => registering.account.as_ref(),
        }
    }

    /// Ends the session after this command.
    pub fn close(&mut self, reason: impl Into<String>) {
        self.closing.get_or_insert_with(|| reason.into());
    }

    /// Notes the label of the command that begins.
    pub fn set_label(&mut self, label: Option<String>) {
        self.label = label;
    }

    /// Tells the client what is offered anew, or no longer.
    fn learn_policy(&mut self) {
        let now = self.service.policy();
        let before = std::mem::replace(&mut self.told_policy, Arc::clone(&now));
        commands::tell_changes(self, &before, &now);
    }

    /// Asks the journal and waits; what it led to for this session has been shown by then, unless
    /// the client reads too slowly. After one's own JOIN nothing more is shown until the next call,
    /// so that what follows a JOIN stands in between.
    ///
    /// # Errors
    /// [`Denied`] says why it did not happen.
    pub async fn submit(&mut self, intent: Intent) -> Result<Outcome, Denied> {
        let journal = self.service.journal.clone();
        let result = journal.submit(self.id, self.command, self.user(), intent).await;
        self.deliver_up_to_join().await;
        result
    }
}
