//! Admission: how many connections there may be, in all and from one address, how many of them may be
//! strangers, who have not signed in, and how fast one address may begin new ones.
//!
//! It decides before anything is spent on a connection: no TLS, no task.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::auth::throttle::network_of;
use crate::hush::Hush;
use crate::limits::{self, Limits};
use crate::session::flood::Flood;

/// Refusals of one kind are logged once in so long.
const SILENCE: Duration = Duration::from_secs(10);

/// Counts connections.
#[derive(Debug)]
pub(super) struct Admission {
    limits: Limits,
    counts: Mutex<Counts>,
    /// One for each refusal.
    hushes: [Hush; 5],
}

#[derive(Debug, Default)]
struct Counts {
    all: Count,
    by_address: HashMap<IpAddr, Count>,
    /// The addresses that connected lately.
    paces: HashMap<IpAddr, Flood>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    connections: usize,
    strangers: usize,
}

/// The right to be connected; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    admission: Arc<Admission>,
    address: Option<IpAddr>,
    stranger: Option<Stranger>,
}

/// A place among those who have not signed in; given back when dropped.
#[derive(Debug)]
pub(super) struct Stranger {
    admission: Arc<Admission>,
    address: Option<IpAddr>,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Of nobody.
    Full,
    /// Of this address.
    AddressFull,
    /// For strangers.
    Strangers,
    /// For strangers of this address.
    AddressStrangers,
    /// Before so many seconds have passed.
    TooFast(u64),
}

impl Admission {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        let hushes = std::array::from_fn(|_| Hush::new(1, SILENCE));
        Arc::new(Self { limits: limits.clone(), counts: Mutex::default(), hushes })
    }

    /// A place for a connection from this address, which nobody has signed in on yet.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn admit(self: &Arc<Self>, address: Option<IpAddr>, now: Instant) -> Result<Place, Refusal> {
        let (limits, address) = (&self.limits, address.map(network_of));
        let mut counts = self.lock();
        if counts.all.connections >= limits.sessions_max {
            return Err(Refusal::Full);
        }
        if counts.all.strangers >= limits.unregistered_max {
            return Err(Refusal::Strangers);
        }
        if let Some(address) = address {
            let count = counts.by_address.get(&address).copied().unwrap_or_default();
            if count.connections >= limits.sessions_per_address_max {
                return Err(Refusal::AddressFull);
            }
            if limits.limit_loopback || !address.is_loopback() {
                if count.strangers >= limits.unregistered_per_address_max {
                    return Err(Refusal::AddressStrangers);
                }
                counts.pay(address, limits, now)?;
            }
        }
        counts.change(address, |count| {
            count.connections += 1;
            count.strangers += 1;
        });
        let stranger = Some(Stranger { admission: Arc::clone(self), address });
        Ok(Place { admission: Arc::clone(self), address, stranger })
    }

    /// How often this refusal may be logged.
    pub(super) fn hush(&self, refusal: Refusal) -> &Hush {
        &self.hushes[match refusal {
            Refusal::Full => 0,
            Refusal::AddressFull => 1,
            Refusal::Strangers => 2,
            Refusal::AddressStrangers => 3,
            Refusal::TooFast(_) => 4,
        }]
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// Takes a connection from the bucket of an address. Who is refused pays nothing: coming again too early
    /// makes nobody wait longer.
    fn pay(&mut self, address: IpAddr, limits: &Limits, now: Instant) -> Result<(), Refusal> {
        if self.paces.len() >= limits::RATE_BUCKETS_MAX {
            self.paces.retain(|_, pace| !pace.is_full(now));
        }
        if self.paces.len() >= limits::RATE_BUCKETS_MAX
            && let Some(any) = self.paces.keys().next().copied()
        {
            self.paces.remove(&any);
        }
        let new = || Flood::new(limits.connects_burst, limits.connects_per_second, now);
        let pace = self.paces.entry(address).or_insert_with(new);
        if let Some(until) = pace.wait_until(now) {
            return Err(Refusal::TooFast((until - now).as_secs() + 1));
        }
        pace.spend(1, now);
        Ok(())
    }

    fn change(&mut self, address: Option<IpAddr>, change: impl Fn(&mut Count)) {
        change(&mut self.all);
        let Some(address) = address else { return };
        let count = self.by_address.entry(address).or_default();
        change(count);
        if count.connections == 0 {
            self.by_address.remove(&address);
        }
    }
}

impl Place {
    /// The part of it that ends when somebody signs in.
    pub(super) fn take_stranger(&mut self) -> Option<Stranger> {
        self.stranger.take()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // First, while its address is still counted.
        self.stranger = None;
        self.admission.lock().change(self.address, |count| count.connections -= 1);
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.admission.lock().change(self.address, |count| count.strangers -= 1);
    }
}

impl Refusal {
    /// In one word, for who counts.
    pub(super) fn cause(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::AddressFull => "address_full",
            Self::Strangers => "unregistered",
            Self::AddressStrangers => "address_unregistered",
            Self::TooFast(_) => "too_fast",
        }
    }

    /// For whom it concerns.
    pub(super) fn text(self) -> String {
        let seconds = self.seconds();
        match self {
            Self::Full => format!("Too many connections: the server is full; try again in {seconds} s"),
            Self::AddressFull => "Too many connections from your address; close one of them".to_owned(),
            Self::Strangers => format!("Too many people are signing in; try again in {seconds} s"),
            Self::AddressStrangers => {
                format!("Too many connections from your address are not signed in; try again in {seconds} s")
            }
            Self::TooFast(_) => {
                format!("Your address connects too often; try again in {seconds} s")
            }
        }
    }

    /// When it is worth while to come again.
    pub(super) fn seconds(self) -> u64 {
        match self {
            Self::TooFast(seconds) => seconds,
            Self::Strangers | Self::AddressStrangers => 10,
            Self::Full | Self::AddressFull => 60,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(change: impl FnOnce(&mut Limits)) -> Arc<Admission> {
        let mut limits = Limits::default();
        change(&mut limits);
        Admission::new(&limits)
    }

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn places_are_limited_and_given_back() {
        let admission = admission(|limits| (limits.sessions_max, limits.sessions_per_address_max) = (3, 2));
        let (one, other, now) = (address("192.0.2.1"), address("192.0.2.2"), Instant::now());
        let first = admission.admit(one, now).unwrap();
        let _second = admission.admit(one, now).unwrap();
        assert_eq!(admission.admit(one, now).unwrap_err(), Refusal::AddressFull);
        let _third = admission.admit(other, now).unwrap();
        assert_eq!(admission.admit(None, now).unwrap_err(), Refusal::Full);
        drop(first);
        assert!(admission.admit(one, now).is_ok());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let admission = admission(|limits| limits.sessions_per_address_max = 1);
        let now = Instant::now();
        let _place = admission.admit(address("2001:db8::1"), now).unwrap();
        assert!(admission.admit(address("2001:db8::2"), now).is_err());
        assert!(admission.admit(address("2001:db8:0:1::1"), now).is_ok());
    }

    #[test]
    fn strangers_are_counted_apart_until_they_sign_in() {
        let admission =
            admission(|limits| (limits.unregistered_max, limits.unregistered_per_address_max) = (3, 2));
        let (one, other, now) = (address("192.0.2.1"), address("192.0.2.2"), Instant::now());
        let mut first = admission.admit(one, now).unwrap();
        let second = admission.admit(one, now).unwrap();
        assert_eq!(admission.admit(one, now).unwrap_err(), Refusal::AddressStrangers);
        drop(first.take_stranger());
        let third = admission.admit(one, now).unwrap();
        let _fourth = admission.admit(other, now).unwrap();
        assert_eq!(admission.admit(other, now).unwrap_err(), Refusal::Strangers);
        drop((first, second, third));
        assert!(admission.admit(one, now).is_ok());
        assert_eq!(admission.lock().all.strangers, 1);
        assert_eq!(admission.lock().by_address.len(), 1);
    }

    #[test]
    fn an_address_connects_no_faster_than_so_after_a_burst() {
        let admission = admission(|limits| (limits.connects_burst, limits.connects_per_second) = (3, 2));
        let (one, other, start) = (address("192.0.2.1"), address("192.0.2.2"), Instant::now());
        let burst = (0..100).take_while(|_| admission.admit(one, start).is_ok()).count();
        assert_eq!(burst, 4);
        assert_eq!(admission.admit(one, start).unwrap_err(), Refusal::TooFast(1));
        assert!(admission.admit(other, start).is_ok());
        assert!(admission.admit(address("::1"), start).is_ok());
        let later = start + Duration::from_millis(500);
        assert!(admission.admit(one, later).is_ok());
        assert!(admission.admit(one, later).is_err());
    }

    #[test]
    fn this_machine_is_limited_only_where_that_is_wanted() {
        for limit_loopback in [false, true] {
            let admission = admission(|limits| {
                (limits.limit_loopback, limits.connects_burst, limits.unregistered_per_address_max) =
                    (limit_loopback, 5, 4);
            });
            let places: Vec<_> =
                (0..50).map(|_| admission.admit(address("127.0.0.1"), Instant::now())).collect();
            let refused = places.iter().filter(|place| place.is_err()).count();
            assert_eq!(refused, if limit_loopback { 46 } else { 0 });
        }
    }

    #[test]
    fn the_paces_that_are_remembered_have_a_bound() {
        let admission = admission(|limits| limits.connects_per_second = 1);
        let now = Instant::now();
        for number in 0..limits::RATE_BUCKETS_MAX as u32 + 50 {
            drop(admission.admit(Some(IpAddr::from((0x0a00_0000 + number).to_be_bytes())), now));
        }
        assert_eq!(admission.lock().paces.len(), limits::RATE_BUCKETS_MAX);
    }
}
