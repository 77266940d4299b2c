//! Waiting longer and longer for what does not answer.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

const FIRST: Duration = Duration::from_millis(100);

/// How long to wait before the next try.
pub(crate) struct Patience {
    next: Duration,
    longest: Duration,
}

impl Patience {
    /// Waits that grow up to `longest`.
    pub(crate) fn up_to(longest: Duration) -> Self {
        Self { next: FIRST.min(longest), longest }
    }

    /// Waits, longer each time. Whether there is to be another try.
    pub(crate) async fn wait(&mut self, stop: &CancellationToken) -> bool {
        let wait = self.next;
        self.next = (wait * 2).min(self.longest);
        stop.run_until_cancelled(sleep(wait)).await.is_some()
    }
}
