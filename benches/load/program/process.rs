//! What processes use of the machine: CPU time and memory by `/proc`, and how many files they may open.
//!
//! It only looks; the limit on files is the one thing it changes, and only this process's own.

use std::fs;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Microseconds of a tick in `/proc/PID/stat`: Linux shows 100 a second everywhere.
const TICK_US: f64 = 10_000.0;
/// Files that are open beside the connections.
const OTHER_FILES: u64 = 64;

/// A process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    pub(crate) fn this() -> Self {
        Self(std::process::id())
    }

    /// CPU time of all its threads, ended ones too, in µs: user and system.
    pub(crate) fn cpu_us(self) -> Result<f64> {
        let path = format!("/proc/{}/stat", self.0);
        let stat = fs::read_to_string(&path).with_context(|| format!("{path}: is the server running?"))?;
        ticks(&stat).map(|ticks| ticks as f64 * TICK_US).with_context(|| format!("{path} was not understood"))
    }

    /// Resident memory in KiB.
    pub(crate) fn rss_kib(self) -> Result<f64> {
        let path = format!("/proc/{}/status", self.0);
        let status = fs::read_to_string(&path).with_context(|| format!("{path}: is the server running?"))?;
        let value = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = value.and_then(|value| value.trim().trim_end_matches(" kB").parse().ok());
        kib.with_context(|| format!("{path} was not understood"))
    }
}

/// User and system time in ticks; the name before them may hold spaces and brackets.
pub(crate) fn ticks(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// How many threads can run at one time.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Lets this process, and those it starts, have that many connections.
pub(crate) fn allow_connections(connections: usize) -> Result<()> {
    let needed = connections as u64 + OTHER_FILES;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if maximum.is_some_and(|maximum| maximum < needed) {
        bail!(
            "{connections} connections need {needed} open files and the hard limit is {}: raise it (ulimit -Hn {needed}, \
             LimitNOFILE= or /etc/security/limits.conf) or ask for fewer",
            maximum.unwrap_or_default()
        );
    }
    if current.is_some_and(|current| Some(current) != maximum) {
        setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
            .context("the limit on open files")?;
    }
    Ok(())
}
