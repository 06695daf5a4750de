//! What the operating system says of this process: memory, processor, open files. Linux tells it in `/proc`;
//! elsewhere nothing is told.

use std::fs;

/// How the process is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Process {
    /// Memory that it holds, in bytes.
    pub(super) resident_bytes: u64,
    /// Processor time so far, in seconds.
    pub(super) cpu_seconds: f64,
    /// Files and connections that it has open.
    pub(super) files_open: u64,
}

/// Ticks in a second of processor time. Source: proc(5); `USER_HZ` is 100 on every machine that Rust's Linux runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// The present one.
pub(super) fn look() -> Option<Process> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let status = fs::read_to_string("/proc/self/status").ok()?;
    // The folder itself is open while it is counted.
    let files_open = fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1) as u64;
    Some(Process { resident_bytes: resident_bytes(&status)?, cpu_seconds: cpu_seconds(&stat)?, files_open })
}

/// The line `VmRSS:     12345 kB`.
fn resident_bytes(status: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = value.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

/// Fields 14 and 15, `utime` and `stime`, behind the name in parentheses, which may hold anything.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some((f64::from(ticks()?) + f64::from(ticks()?)) / TICKS_PER_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_says_is_read() {
        let stat = "7 (chat (1) x) S 1 7 7 0 -1 4194560 9 0 0 0 150 50 0 0 20 0 9 0 5 1 2";
        assert_eq!(cpu_seconds(stat), Some(2.0));
        assert_eq!(cpu_seconds("7 (chat"), None);
        assert_eq!(resident_bytes("Name:\tx\nVmRSS:\t   2048 kB\n"), Some(2 * 1024 * 1024));
        assert_eq!(resident_bytes("Name:\tx\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_memory_and_open_files() {
        let process = look().unwrap();
        assert!(process.resident_bytes > 1 << 20 && process.files_open >= 3, "{process:?}");
    }
}
