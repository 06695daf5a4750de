//! How fast a file must go in or out: a slow one may take as long as it makes progress.

use std::time::Duration;

use tokio::time::Instant;

use crate::limits;

use super::Deadline;

/// What any file may take.
const TIME_MIN: Duration = Duration::from_secs(60);

/// The throughput of one file.
#[derive(Debug)]
pub(super) struct Throughput {
    deadline: Deadline,
    began: Instant,
    bytes: u64,
}

impl Throughput {
    /// Of a file that begins now.
    pub(super) fn new(deadline: Deadline) -> Self {
        Self { deadline, began: Instant::now(), bytes: 0 }
    }

    /// So many bytes went; whether it is fast enough on the whole. Then its connection goes on.
    pub(super) fn moved(&mut self, bytes: usize) -> bool {
        let now = Instant::now();
        self.bytes = self.bytes.saturating_add(bytes as u64);
        let is_fast = is_fast(now - self.began, self.bytes);
        if is_fast {
            // A little more than it may stand still, so that it is the file that ends and not the connection.
            self.deadline.extend(now + Duration::from_secs(2 * limits::FILE_IDLE_S_MAX));
        }
        is_fast
    }
}

fn is_fast(elapsed: Duration, bytes: u64) -> bool {
    elapsed <= TIME_MIN + Duration::from_secs(bytes / limits::FILE_BYTES_PER_SECOND_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_progress_may_go_on() {
        let rate = limits::FILE_BYTES_PER_SECOND_MIN;
        for (seconds, bytes, fast) in
            [(0, 0, true), (60, 0, true), (61, 0, false), (120, 60 * rate, true), (121, 60 * rate, false)]
        {
            assert_eq!(is_fast(Duration::from_secs(seconds), bytes), fast, "{bytes} in {seconds} s");
        }
    }
}
