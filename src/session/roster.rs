//! The roster: every connection there is, from its first moment to its last, and where it is from.
//!
//! What the journal does not know: addresses, who is not in yet, when somebody last spoke. Never
//! shows an address by itself. Its lock is held for a look-up only.

use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::auth::Proof;
use crate::clock::Timestamp;
use crate::ids::{AccountId, IdMap, SessionId};
use crate::journal::{Delivery, Inbox};

/// All connections.
#[derive(Debug, Default)]
pub struct Roster {
    seats: Mutex<Seats>,
}

#[derive(Debug, Default)]
struct Seats {
    kept: IdMap<SessionId, Kept>,
    /// Why nobody may stay, once the server stops.
    stopping: Option<String>,
}

#[derive(Debug)]
struct Kept {
    address: Option<IpAddr>,
    inbox: Arc<Inbox>,
    is_in: bool,
    /// The account that it signed in to, and by what.
    proof: Option<(AccountId, Proof)>,
    spoke_at: Arc<AtomicI64>,
}

/// A connection's place in the roster; given up when dropped.
#[derive(Debug)]
pub struct Seat {
    roster: Arc<Roster>,
    session: SessionId,
    spoke_at: Arc<AtomicI64>,
}

impl Roster {
    /// Takes a connection in.
    #[must_use]
    pub fn admit(
        self: &Arc<Self>,
        session: SessionId,
        address: Option<IpAddr>,
        inbox: &Arc<Inbox>,
        now: Timestamp,
    ) -> Seat {
        let spoke_at = Arc::new(AtomicI64::new(now.0));
        let (inbox_kept, spoke_kept) = (Arc::clone(inbox), Arc::clone(&spoke_at));
        let kept = Kept { address, inbox: inbox_kept, is_in: false, proof: None, spoke_at: spoke_kept };
        let mut seats = self.lock();
        if let Some(reason) = &seats.stopping {
            inbox.stop(reason);
        }
        seats.kept.insert(session, kept);
        Seat { roster: Arc::clone(self), session, spoke_at }
    }

    /// How many connections are not in yet.
    #[must_use]
    pub fn unregistered(&self) -> usize {
        self.lock().kept.values().filter(|kept| !kept.is_in).count()
    }

    /// Where these sessions are from, each address once. A unix socket has none.
    #[must_use]
    pub fn addresses(&self, sessions: &[SessionId]) -> Vec<IpAddr> {
        let seats = self.lock();
        let mut addresses: Vec<IpAddr> =
            sessions.iter().filter_map(|session| seats.kept.get(session)?.address).collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses
    }

    /// When one of these sessions last spoke or began.
    #[must_use]
    pub fn spoke_at(&self, sessions: &[SessionId]) -> Option<Timestamp> {
        let seats = self.lock();
        let spoke_at = sessions.iter().filter_map(|session| seats.kept.get(session));
        spoke_at.map(|kept| Timestamp(kept.spoke_at.load(Ordering::Relaxed))).max()
    }

    /// Ends all connections from where the function says, and tells them why. Returns how many
    /// there were.
    pub fn close(&self, reason: &str, is_meant: impl Fn(IpAddr) -> bool) -> usize {
        let inboxes: Vec<Arc<Inbox>> = {
            let seats = self.lock();
            let meant = seats.kept.values().filter(|kept| kept.address.is_some_and(&is_meant));
            meant.map(|kept| Arc::clone(&kept.inbox)).collect()
        };
        for inbox in &inboxes {
            inbox.push(Delivery::Close(reason.to_owned()));
        }
        inboxes.len()
    }

    /// Ends the sessions of an account that came in by what the function says, however much waits for
    /// them. Returns how many there were.
    pub fn sign_out(
        &self,
        account: AccountId,
        reason: &str,
        is_meant: impl Fn(SessionId, Proof) -> bool,
    ) -> usize {
        let seats = self.lock();
        let meant = seats.kept.iter().filter(|(session, kept)| {
            kept.proof.is_some_and(|(owner, proof)| owner == account && is_meant(**session, proof))
        });
        meant.map(|(_, kept)| kept.inbox.stop(reason)).count()
    }

    /// The tokens by which the account's sessions came in.
    #[must_use]
    pub fn tokens_of(&self, account: AccountId) -> Vec<u64> {
        let seats = self.lock();
        let proofs = seats.kept.values().filter_map(|kept| kept.proof);
        let tokens = proofs.filter_map(|(owner, proof)| match proof {
            Proof::Token(id) if owner == account => Some(id),
            Proof::Token(_) | Proof::Password | Proof::PasswordAndCode | Proof::Certificate => None,
        });
        tokens.collect()
    }

    /// Ends all connections, and those that come from now on: the server stops.
    pub fn stop(&self, reason: &str) {
        let mut seats = self.lock();
        seats.stopping = Some(reason.to_owned());
        for kept in seats.kept.values() {
            kept.inbox.stop(reason);
        }
    }

    /// Has all sessions look at the policy, which has changed.
    pub fn tell_policy(&self) {
        for kept in self.lock().kept.values() {
            kept.inbox.push(Delivery::Policy);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// The connection is in.
    pub(super) fn enter(&self) {
        if let Some(kept) = self.roster.lock().kept.get_mut(&self.session) {
            kept.is_in = true;
        }
    }

    /// Its client has signed in.
    pub(super) fn proves(&self, account: AccountId, proof: Proof) {
        if let Some(kept) = self.roster.lock().kept.get_mut(&self.session) {
            kept.proof = Some((account, proof));
        }
    }

    /// Its client says something to somebody.
    pub(super) fn speaks(&self, now: Timestamp) {
        self.spoke_at.store(now.0, Ordering::Relaxed);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.roster.lock().kept.remove(&self.session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_counted_found_and_closed_by_their_address() {
        let roster = Arc::new(Roster::default());
        let inboxes: [Arc<Inbox>; 3] = Default::default();
        let address = |text: &str| text.parse().ok();
        let from = [address("192.0.2.1"), address("2001:db8::1"), None];
        let mut seats: Vec<Seat> = (1..)
            .zip(from)
            .zip(&inboxes)
            .map(|((id, from), inbox)| roster.admit(SessionId(id), from, inbox, Timestamp(5)))
            .collect();
        seats[0].enter();
        seats[0].speaks(Timestamp(9));
        assert_eq!(roster.unregistered(), 2);
        let all = [SessionId(1), SessionId(2), SessionId(3)];
        assert_eq!(roster.addresses(&all).len(), 2);
        assert_eq!(roster.spoke_at(&all), Some(Timestamp(9)));
        assert_eq!(roster.close("out", |address| address.is_ipv6()), 1);
        assert!(inboxes[0].drain().deliveries.is_empty() && inboxes[2].drain().deliveries.is_empty());
        assert!(matches!(inboxes[1].drain().deliveries.front(), Some(Delivery::Close(_))));
        seats[0].proves(AccountId(1), Proof::Token(7));
        seats[2].proves(AccountId(1), Proof::Password);
        assert_eq!(roster.sign_out(AccountId(2), "out", |_, _| true), 0);
        assert_eq!(roster.sign_out(AccountId(1), "revoked", |_, proof| proof == Proof::Token(7)), 1);
        assert_eq!((inboxes[0].stopped(), inboxes[2].stopped()), (Some("revoked"), None));
        seats.clear();
        assert_eq!((roster.unregistered(), roster.spoke_at(&all)), (0, None));
    }
}
