//! How far something has come, on one line of a terminal. Nothing is shown elsewhere.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

const WIDTH: u64 = 30;
/// Oftener nobody sees it.
const PAUSE: Duration = Duration::from_millis(100);

/// A bar that is wiped off when it is dropped.
pub(super) struct Bar {
    word: &'static str,
    is_seen: bool,
    drawn: Option<Instant>,
}

impl Bar {
    pub(super) fn new(word: &'static str) -> Self {
        Self { word, is_seen: io::stderr().is_terminal(), drawn: None }
    }

    /// So many bytes of these are done.
    pub(super) fn show(&mut self, done: u64, all: u64) {
        if !self.is_seen || self.drawn.is_some_and(|drawn| drawn.elapsed() < PAUSE) {
            return;
        }
        self.drawn = Some(Instant::now());
        write(&line(self.word, done, all));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            write("\r\x1b[K");
        }
    }
}

/// A terminal that does not take it shows nothing; the work goes on.
fn write(text: &str) {
    let mut out = io::stderr().lock();
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

fn line(word: &str, done: u64, all: u64) -> String {
    let all = all.max(done).max(1);
    let part =
        |of: u64| usize::try_from(u128::from(done) * u128::from(of) / u128::from(all)).unwrap_or_default();
    let full = part(WIDTH);
    let rest = usize::try_from(WIDTH).unwrap_or_default() - full;
    let (bar, gap) = ("#".repeat(full), "-".repeat(rest));
    format!("\r\x1b[K{word} [{bar}{gap}] {:3} %  {} of {}", part(100), size(done), size(all))
}

/// Bytes as people read them.
pub(super) fn size(bytes: u64) -> String {
    let units = [("GiB", 1_u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.into_iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_full_as_the_work_is_done() {
        assert_eq!(size(1023), "1023 bytes");
        assert_eq!(size(1536 * 1024), "1.5 MiB");
        assert!(line("backup", 0, 0).contains("  0 %"));
        let half = line("backup", 5 << 30, 10 << 30);
        assert!(half.contains("###############---------------]  50 %  5.0 GiB of 10.0 GiB"), "{half:?}");
        assert!(line("backup", 9, 3).contains("100 %"), "more than was thought");
    }
}
