//! Turns: a bounded queue in which addresses take turns, so that many jobs of one wait for each other and for
//! nobody else's long.
//!
//! When it is full the last job of the address with the most gives way; who has the most is refused.

use std::collections::VecDeque;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::throttle::network_of;

/// The queue.
pub(super) struct Turns<T> {
    len_max: usize,
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    /// The first is the next whose turn it is; none is empty.
    lines: VecDeque<Line<T>>,
    len: usize,
    is_closed: bool,
}

/// The jobs of one address, or of all that have none.
struct Line<T> {
    from: Option<IpAddr>,
    jobs: VecDeque<T>,
}

impl<T> fmt::Debug for Turns<T> {
    /// Without the jobs, which hold passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns").field("len", &self.len()).finish_non_exhaustive()
    }
}

impl<T> Turns<T> {
    /// For so many jobs.
    pub(super) fn new(len_max: usize) -> Self {
        let state = State { lines: VecDeque::new(), len: 0, is_closed: false };
        Self { len_max, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Adds a job. Returns the one that has no place then, this one or another.
    pub(super) fn push(&self, from: Option<IpAddr>, job: T) -> Option<T> {
        let from = from.map(network_of);
        let mut state = self.lock();
        let mut displaced = None;
        if state.len >= self.len_max {
            let own = state.lines.iter().find(|line| line.from == from).map_or(0, |line| line.jobs.len());
            let longest = state.lines.iter_mut().max_by_key(|line| line.jobs.len());
            // Of one each nobody gives way to who comes later.
            match longest.filter(|longest| longest.jobs.len() > own + 1) {
                Some(longest) => displaced = longest.jobs.pop_back(),
                None => return Some(job),
            }
            state.len -= 1;
        }
        state.len += 1;
        match state.lines.iter_mut().find(|line| line.from == from) {
            Some(line) => line.jobs.push_back(job),
            None => state.lines.push_back(Line { from, jobs: VecDeque::from([job]) }),
        }
        self.changed.notify_one();
        displaced
    }

    /// Waits for a job; none when the queue is closed and empty.
    pub(super) fn next(&self) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(mut line) = state.lines.pop_front() {
                let job = line.jobs.pop_front();
                if !line.jobs.is_empty() {
                    state.lines.push_back(line);
                }
                state.len -= 1;
                return job;
            }
            if state.is_closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Jobs that wait.
    pub(super) fn len(&self) -> usize {
        self.lock().len
    }

    /// Nothing comes any more.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn addresses_take_turns() {
        let turns = Turns::new(9);
        for (from, job) in [(1, "a1"), (1, "a2"), (1, "a3"), (2, "b1"), (2, "b2"), (3, "c1")] {
            assert_eq!(turns.push(address(from), job), None);
        }
        turns.close();
        let order: Vec<_> = std::iter::from_fn(|| turns.next()).collect();
        assert_eq!(order, ["a1", "b1", "c1", "a2", "b2", "a3"]);
        assert_eq!(turns.len(), 0);
    }

    #[test]
    fn when_it_is_full_who_has_the_most_gives_way() {
        let turns = Turns::new(4);
        for job in 0..4 {
            assert_eq!(turns.push(address(1), job), None);
        }
        assert_eq!(turns.push(address(1), 4), Some(4), "its own line is the longest");
        assert_eq!(turns.push(address(2), 5), Some(3));
        assert_eq!(turns.push(address(3), 6), Some(2));
        assert_eq!(turns.push(address(4), 7), Some(1));
        assert_eq!(turns.push(address(5), 8), Some(8), "each has one");
        assert_eq!(turns.len(), 4);
    }
}
