//! How long a connection of the web may last: what makes progress may go on.

use std::sync::Arc;
use std::sync::{Mutex, PoisonError};

use tokio::time::{Instant, sleep_until};

/// The end of a connection, as things stand; an extension of each request.
#[derive(Clone, Debug)]
pub struct Deadline(Arc<Mutex<Instant>>);

impl Deadline {
    /// One that ends then.
    #[must_use]
    pub fn until(end: Instant) -> Self {
        Self(Arc::new(Mutex::new(end)))
    }

    /// Has it end no earlier than this.
    pub fn extend(&self, end: Instant) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known = end.max(*known);
    }

    /// Returns at its end.
    pub async fn over(&self) {
        loop {
            let end = self.end();
            sleep_until(end).await;
            if self.end() <= end {
                return;
            }
        }
    }

    fn end(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn a_connection_lasts_as_long_as_it_is_extended() {
        let start = Instant::now();
        let deadline = Deadline::until(start + Duration::from_millis(1));
        deadline.extend(start + Duration::from_millis(9));
        deadline.extend(start + Duration::from_millis(3));
        deadline.over().await;
        assert!(start.elapsed() >= Duration::from_millis(9));
    }
}
