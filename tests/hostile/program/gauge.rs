//! What the server's process takes of the machine, by `/proc`. It only looks, but for the peak that it has forgotten.

use std::fs;

use rustix::process::{getpriority_process, setpriority_process};

/// Seconds of a tick in `/proc/PID/stat`: Linux shows 100 a second everywhere.
const TICK_S: f64 = 0.01;
/// Steps of `nice` by which attackers give way: what the pair notices is to be the server, not them.
const NICE_STEPS: i32 = 10;

/// A process.
#[derive(Clone, Copy)]
pub(super) struct Gauge {
    pid: i32,
}

impl Gauge {
    pub(super) fn of(pid: i32) -> Self {
        Self { pid }
    }

    /// Resident memory.
    pub(super) fn rss_kib(self) -> u64 {
        self.status("VmRSS:")
    }

    /// The most since the peak was forgotten.
    pub(super) fn peak_kib(self) -> u64 {
        self.status("VmHWM:")
    }

    /// Begins a new peak. Source: proc_pid_clear_refs(5).
    pub(super) fn forget_peak(self) {
        fs::write(format!("/proc/{}/clear_refs", self.pid), "5").unwrap();
    }

    /// Seconds of CPU time, of all threads.
    pub(super) fn cpu(self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).expect("the server runs");
        let fields = stat.rsplit_once(')').unwrap().1.split_ascii_whitespace();
        fields.skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() * TICK_S
    }

    fn status(self, field: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).expect("the server runs");
        let value = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
        value.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

/// Has this thread give way to all others.
pub(super) fn give_way() {
    let given_way = getpriority_process(None).and_then(|now| setpriority_process(None, now + NICE_STEPS));
    given_way.unwrap();
}
