//! Slowing down who guesses: failures by account and address, each with its own price.
//!
//! A stranger must never be able to lock somebody out of their own account, so what an account
//! suffers from everywhere only makes its logins slow; refused is only who failed themselves.
//! Pure: the time is passed in. Bounded: the oldest is forgotten first.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};

use crate::clock::Timestamp;

/// Accounts, addresses, and pairs of them that are remembered, each.
const REMEMBERED_MAX: usize = 10_000;

/// Failures of one address on one account: three are free, then 2, 4, 8 … seconds.
const PAIR: Price = Price { free: 3, first_ms: 2_000, most_ms: 15 * 60_000, forget_ms: 60 * 60_000 };
/// Failures of one address on whatever account; many people may share one.
const ADDRESS: Price = Price { free: 20, first_ms: 2_000, most_ms: 60 * 60_000, forget_ms: 60 * 60_000 };
/// Failures on one account from wherever: a short wait, never more.
const ACCOUNT: Price = Price { free: 10, first_ms: 500, most_ms: 3_000, forget_ms: 10 * 60_000 };

/// Whether an attempt may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Yes, after so many milliseconds of waiting.
    Admitted {
        /// Mostly 0.
        wait_ms: u64,
    },
    /// Not before one of those that are being judged at this moment is.
    Later,
    /// No.
    Refused {
        /// When to try again, in seconds.
        seconds: u64,
    },
}

/// What failed lately.
#[derive(Debug, Default)]
pub struct Throttle {
    pairs: Failures<(String, Source)>,
    addresses: Failures<Source>,
    accounts: Failures<String>,
}

/// An address as far as it costs something to have another: an IPv6 /64 is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Source {
    Address(IpAddr),
    /// A unix socket.
    Local,
}

impl Throttle {
    /// Judges an attempt. One that is admitted counts as failed until it is [`Self::forgiven`],
    /// or many at the same moment would be free; what has only such ones against it comes later.
    /// Every admitted attempt must be forgiven or [`Self::failed`].
    pub fn attempt(&mut self, account: &str, address: Option<IpAddr>, now: Timestamp) -> Judgement {
        let source = source(address);
        let pair = (account.to_owned(), source);
        let refused_ms = self.pairs.left_ms(&pair, PAIR, now).max(self.address_left_ms(source, now));
        if refused_ms > 0 {
            let later = self.pairs.is_crowded(&pair, PAIR) || self.addresses.is_crowded(&source, ADDRESS);
            return if later {
                Judgement::Later
            } else {
                Judgement::Refused { seconds: refused_ms.div_ceil(1000) }
            };
        }
        let wait_ms = self.accounts.price_ms(account, ACCOUNT, now);
        self.pairs.add(pair, PAIR, now);
        self.addresses.add(source, ADDRESS, now);
        self.accounts.add(account.to_owned(), ACCOUNT, now);
        Judgement::Admitted { wait_ms }
    }

    /// Judges an attempt that concerns no account: registering, trying invitations.
    pub fn attempt_unnamed(&mut self, address: Option<IpAddr>, now: Timestamp) -> Judgement {
        let source = source(address);
        match self.address_left_ms(source, now) {
            0 => {
                self.addresses.add(source, ADDRESS, now);
                Judgement::Admitted { wait_ms: 0 }
            }
            _ if self.addresses.is_crowded(&source, ADDRESS) => Judgement::Later,
            left => Judgement::Refused { seconds: left.div_ceil(1000) },
        }
    }

    /// The attempt failed.
    pub fn failed(&mut self, account: &str, address: Option<IpAddr>) {
        let source = source(address);
        self.pairs.settle(&(account.to_owned(), source));
        self.addresses.settle(&source);
        self.accounts.settle(account);
    }

    /// As [`Self::failed`], for what concerned no account.
    pub fn failed_unnamed(&mut self, address: Option<IpAddr>) {
        self.addresses.settle(&source(address));
    }

    /// The attempt succeeded, or nobody could judge it: it does not count. Success also clears what
    /// this address did to this account before.
    pub fn forgiven(&mut self, account: &str, address: Option<IpAddr>, success: bool) {
        let source = source(address);
        let pair = (account.to_owned(), source);
        self.pairs.take_back(&pair);
        if success {
            self.pairs.clear(&pair);
        }
        self.addresses.take_back(&source);
        self.accounts.take_back(account);
    }

    /// As [`Self::forgiven`], for what concerned no account.
    pub fn forgiven_unnamed(&mut self, address: Option<IpAddr>) {
        self.addresses.take_back(&source(address));
    }

    fn address_left_ms(&self, source: Source, now: Timestamp) -> u64 {
        match source {
            // Everybody on this machine shares it, and none of them is a stranger.
            Source::Local => 0,
            Source::Address(_) => self.addresses.left_ms(&source, ADDRESS, now),
        }
    }
}

fn source(address: Option<IpAddr>) -> Source {
    address.map_or(Source::Local, |address| Source::Address(network_of(address)))
}

/// What counts as one address: an IPv4 address, or the /64 network of an IPv6 address.
#[must_use]
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => {
            let network = u128::from(v6) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        IpAddr::V4(_) | IpAddr::V6(_) => address.to_canonical(),
    }
}

/// What failures cost.
#[derive(Clone, Copy)]
struct Price {
    free: u32,
    first_ms: u64,
    most_ms: u64,
    forget_ms: u64,
}

#[derive(Clone, Copy, Debug)]
struct Failed {
    /// Those that are not judged yet included.
    times: u32,
    under_way: u32,
    last: Timestamp,
}

#[derive(Debug)]
struct Failures<K> {
    map: HashMap<K, Failed>,
}

impl<K> Default for Failures<K> {
    fn default() -> Self {
        Self { map: HashMap::new() }
    }
}

impl<K: Hash + Eq + Clone> Failures<K> {
    /// How long after the last failure the next attempt is due; 0 for who is not known.
    fn price_ms<Q>(&self, key: &Q, price: Price, now: Timestamp) -> u64
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let Some(failed) = self.map.get(key) else { return 0 };
        if elapsed_ms(failed.last, now) >= price.forget_ms || failed.times < price.free {
            return 0;
        }
        let doublings = (failed.times - price.free).min(32);
        (price.first_ms << doublings).min(price.most_ms)
    }

    /// How much of that is left.
    fn left_ms<Q>(&self, key: &Q, price: Price, now: Timestamp) -> u64
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let since = self.map.get(key).map_or(0, |failed| elapsed_ms(failed.last, now));
        self.price_ms(key, price, now).saturating_sub(since)
    }

    fn add(&mut self, key: K, price: Price, now: Timestamp) {
        if let Some(failed) = self.map.get_mut(&key) {
            if elapsed_ms(failed.last, now) >= price.forget_ms {
                failed.times = 0;
            }
            failed.times = failed.times.saturating_add(1);
            failed.under_way += 1;
            failed.last = now;
            return;
        }
        if self.map.len() >= REMEMBERED_MAX {
            // A walk over all of them, but next to the hash that follows it is nothing.
            let oldest = self.map.iter().min_by_key(|(_, failed)| failed.last).map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                self.map.remove(&oldest);
            }
        }
        self.map.insert(key, Failed { times: 1, under_way: 1, last: now });
    }

    /// Whether there would be nothing to wait for but for those that are not judged yet.
    fn is_crowded<Q>(&self, key: &Q, price: Price) -> bool
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.map.get(key).is_some_and(|failed| {
            let judged = failed.times.saturating_sub(failed.under_way);
            failed.times >= price.free && judged < price.free
        })
    }

    /// One under way has failed.
    fn settle<Q>(&mut self, key: &Q)
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        if let Some(failed) = self.map.get_mut(key) {
            failed.under_way = failed.under_way.saturating_sub(1);
        }
    }

    /// Forgets the failures; those under way may yet become some.
    fn clear(&mut self, key: &K) {
        if let Some(failed) = self.map.get_mut(key) {
            failed.times = failed.under_way;
            if failed.times == 0 {
                self.map.remove(key);
            }
        }
    }

    fn take_back<Q>(&mut self, key: &Q)
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        if let Some(failed) = self.map.get_mut(key) {
            failed.times = failed.times.saturating_sub(1);
            failed.under_way = failed.under_way.saturating_sub(1);
            if failed.times == 0 {
                self.map.remove(key);
            }
        }
    }
}

/// A clock that was set back must not make anybody wait for it.
fn elapsed_ms(since: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.0 - since.0).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    /// An attempt that fails at once, if it is admitted.
    fn fail(throttle: &mut Throttle, account: &str, address: Option<IpAddr>, now: Timestamp) -> Judgement {
        let judgement = throttle.attempt(account, address, now);
        if is_admitted(judgement) {
            throttle.failed(account, address);
        }
        judgement
    }

    fn is_admitted(judgement: Judgement) -> bool {
        matches!(judgement, Judgement::Admitted { .. })
    }

    #[test]
    fn the_delay_grows_with_the_failures() {
        let (mut throttle, home) = (Throttle::default(), peer("192.0.2.1"));
        let mut now = Timestamp(1_000_000);
        for _ in 0..3 {
            assert_eq!(fail(&mut throttle, "alice", home, now), Judgement::Admitted { wait_ms: 0 });
        }
        for seconds in [2, 4, 8, 16] {
            assert_eq!(fail(&mut throttle, "alice", home, now), Judgement::Refused { seconds });
            now.0 += i64::try_from(seconds).unwrap() * 1000;
            assert!(is_admitted(fail(&mut throttle, "alice", home, now)));
        }
        now.0 += 60 * 60_000;
        assert!(is_admitted(fail(&mut throttle, "alice", home, now)), "after an hour all is forgotten");
        assert!(is_admitted(fail(&mut throttle, "alice", home, now)));
    }

    #[test]
    fn a_stranger_cannot_lock_the_right_user_out() {
        let (mut throttle, now) = (Throttle::default(), Timestamp(1));
        for host in 1..=250 {
            for _ in 0..3 {
                assert!(is_admitted(fail(&mut throttle, "alice", peer(&format!("192.0.2.{host}")), now)));
            }
        }
        let home = peer("198.51.100.7");
        assert_eq!(fail(&mut throttle, "alice", home, now), Judgement::Admitted { wait_ms: 3000 });
        assert_eq!(fail(&mut throttle, "bob", home, now), Judgement::Admitted { wait_ms: 0 });
    }

    #[test]
    fn one_address_on_many_accounts_is_refused() {
        let (mut throttle, now) = (Throttle::default(), Timestamp(1));
        for number in 0..20 {
            // Of one /64.
            let guesser = peer(&format!("2001:db8::{number:x}"));
            assert!(is_admitted(fail(&mut throttle, &format!("user{number}"), guesser, now)));
        }
        let judgement = fail(&mut throttle, "another", peer("2001:db8::ffff"), now);
        assert_eq!(judgement, Judgement::Refused { seconds: 2 });
        assert!(is_admitted(fail(&mut throttle, "another", peer("2001:db8:0:1::1"), now)));
        assert!(!is_admitted(throttle.attempt_unnamed(peer("2001:db8::1"), now)));
    }

    #[test]
    fn success_clears_and_what_nobody_judged_does_not_count() {
        let (mut throttle, home, now) = (Throttle::default(), peer("::ffff:192.0.2.1"), Timestamp(1));
        for _ in 0..100 {
            assert!(is_admitted(throttle.attempt("alice", home, now)));
            throttle.forgiven("alice", home, false);
            assert!(is_admitted(throttle.attempt_unnamed(home, now)));
            throttle.forgiven_unnamed(home);
        }
        for _ in 0..3 {
            assert!(is_admitted(throttle.attempt("alice", peer("192.0.2.1"), now)));
            throttle.forgiven("alice", home, true);
        }
        assert!(throttle.pairs.map.is_empty() && throttle.addresses.map.is_empty());
    }

    #[test]
    fn what_only_waits_for_others_comes_later() {
        let (mut throttle, home, now) = (Throttle::default(), peer("192.0.2.1"), Timestamp(1));
        for _ in 0..3 {
            assert!(is_admitted(throttle.attempt("alice", home, now)));
        }
        assert_eq!(throttle.attempt("alice", home, now), Judgement::Later);
        throttle.forgiven("alice", home, true);
        assert!(is_admitted(throttle.attempt("alice", home, now)));
        for _ in 0..3 {
            throttle.failed("alice", home);
        }
        assert_eq!(throttle.attempt("alice", home, now), Judgement::Refused { seconds: 2 });
    }

    #[test]
    fn the_machine_itself_is_no_address_but_each_account_counts() {
        let (mut throttle, now) = (Throttle::default(), Timestamp(1));
        for number in 0..100 {
            assert!(is_admitted(fail(&mut throttle, &format!("user{number}"), None, now)));
        }
        for _ in 0..2 {
            assert!(is_admitted(fail(&mut throttle, "user1", None, now)));
        }
        assert!(!is_admitted(fail(&mut throttle, "user1", None, now)));
    }

    #[test]
    fn memory_is_bounded_and_a_clock_set_back_does_no_harm() {
        let mut throttle = Throttle::default();
        for number in 0..i64::try_from(REMEMBERED_MAX).unwrap() + 50 {
            fail(&mut throttle, &format!("u{number}"), None, Timestamp(1_000_000 + number));
        }
        assert_eq!(throttle.accounts.map.len(), REMEMBERED_MAX);
        assert!(!throttle.accounts.map.contains_key("u49"));
        assert!(throttle.accounts.map.contains_key("u50"));
        let home = peer("192.0.2.1");
        for _ in 0..3 {
            fail(&mut throttle, "alice", home, Timestamp(9_000_000));
        }
        assert_eq!(fail(&mut throttle, "alice", home, Timestamp(5)), Judgement::Refused { seconds: 2 });
    }
}
