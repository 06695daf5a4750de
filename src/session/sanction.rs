//! Bans and revoked tokens as sessions feel them: who is there has to end, who comes is turned away.
//!
//! A session stands in the roster before it looks at the bans, and a ban is in force before the
//! roster is looked through: whichever comes first, none slips through between the two.

use crate::auth::Proof;
use crate::ids::{AccountId, SessionId, UserId};
use crate::journal::{Journal, Presence};
use crate::protocol::Line;
use crate::protocol::numeric as n;
use crate::store::bans::{Ban, Target};
use crate::store::{self, Store};

use super::Session;
use super::roster::Roster;

/// Why a session ends whose token is gone.
pub const REVOKED: &str = "You were signed out: the token of this connection was revoked";

/// Why a session ends that came in by a certificate, when one of the account's is removed.
pub const CERTIFICATE_REMOVED: &str = "You were signed out: a client certificate of your account was removed";

/// Revokes a token and ends the sessions that came in by it. First in the store: from then on nobody comes
/// in by it, so none slips through between the two. Whether somebody else was faster does not matter.
///
/// # Errors
/// The store is unavailable; nothing was done.
pub async fn revoke_token(
    store: &dyn Store,
    roster: &Roster,
    account: AccountId,
    token: u64,
) -> Result<(), store::Error> {
    match store.delete_token(account, token).await {
        Ok(()) | Err(store::Error::NotFound | store::Error::Conflict) => {
            roster.sign_out(account, REVOKED, |_, proof| proof == Proof::Token(token));
            Ok(())
        }
        Err(error @ store::Error::Unavailable(_)) => Err(error),
    }
}

/// Ends the sessions that a ban is meant for, and returns how many there were.
pub async fn enforce(ban: &Ban, roster: &Roster, journal: &Journal) -> usize {
    let reason = ban.text();
    match &ban.target {
        Target::Network(network) => roster.close(&reason, |address| network.contains(address)),
        Target::Account(name) => {
            let directory = journal.directory();
            let Some(account) = directory.read().accounts.get(name).copied() else { return 0 };
            let user = UserId::Account(account);
            let sessions = directory.user(user).map_or(0, |user| user.sessions.len());
            let expel = Presence::Expel { account, reason, forget: false };
            // The writer is there as long as the server is.
            drop(journal.submit(SessionId::default(), 0, user, expel).await);
            sessions
        }
    }
}

impl Session {
    /// Turns the client away if its address is banned.
    pub(super) fn check_address(&mut self) {
        let address = self.peer.address;
        if let Some(ban) = address.and_then(|address| self.service.bans.of_address(address)) {
            self.close(ban.text());
        }
    }

    /// Whether its account is banned; it is told, and has to end then.
    pub(super) fn is_refused_by_ban(&mut self) -> bool {
        let account = self.account().map(|(_, name)| name.clone());
        let Some(ban) = account.and_then(|name| self.service.bans.of_account(&name)) else { return false };
        self.say_banned(&ban);
        self.close(ban.text());
        true
    }

    /// Tells the client that it is banned.
    pub fn say_banned(&mut self, ban: &Ban) {
        let line = Line::new(n::ERR_YOUREBANNEDCREEP.digits()).param(self.shown_nick());
        self.send(line.param(ban.text()));
    }

    /// Notes that the client says something to somebody.
    pub fn speaks(&self) {
        if let Some(seat) = &self.seat {
            seat.speaks(self.service.clock.now());
        }
    }

    /// The roster knows that the client is in.
    pub(super) fn enter_roster(&self) {
        if let Some(seat) = &self.seat {
            seat.enter();
        }
    }
}
