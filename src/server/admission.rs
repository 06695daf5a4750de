//! Admission: how many connections there may be, in all and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::auth::throttle::network_of;
use crate::limits::Limits;

/// Counts connections.
#[derive(Debug)]
pub(super) struct Admission {
    sessions_max: usize,
    per_address_max: usize,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// The right to be connected; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    admission: Arc<Admission>,
    address: Option<IpAddr>,
}

impl Admission {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            sessions_max: limits.sessions_max,
            per_address_max: limits.sessions_per_address_max,
            counts: Mutex::default(),
        })
    }

    /// A place for a connection from this address, if there is one.
    pub(super) fn admit(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Place> {
        let address = address.map(network_of);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.all >= self.sessions_max {
            return None;
        }
        if let Some(address) = address {
            let count = counts.by_address.entry(address).or_default();
            if *count >= self.per_address_max {
                return None;
            }
            *count += 1;
        }
        counts.all += 1;
        Some(Place { admission: Arc::clone(self), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.admission.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all -= 1;
        if let Some(address) = self.address
            && let Some(count) = counts.by_address.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                counts.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(sessions_max: usize, sessions_per_address_max: usize) -> Arc<Admission> {
        Admission::new(&Limits { sessions_max, sessions_per_address_max, ..Limits::default() })
    }

    #[test]
    fn places_are_limited_and_given_back() {
        let admission = admission(3, 2);
        let one: Option<IpAddr> = "192.0.2.1".parse().ok();
        let other: Option<IpAddr> = "192.0.2.2".parse().ok();
        let first = admission.admit(one).unwrap();
        let _second = admission.admit(one).unwrap();
        assert!(admission.admit(one).is_none());
        let _third = admission.admit(other).unwrap();
        assert!(admission.admit(None).is_none());
        drop(first);
        assert!(admission.admit(one).is_some());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let admission = admission(9, 1);
        let _place = admission.admit("2001:db8::1".parse().ok()).unwrap();
        assert!(admission.admit("2001:db8::2".parse().ok()).is_none());
        assert!(admission.admit("2001:db8:0:1::1".parse().ok()).is_some());
    }
}
