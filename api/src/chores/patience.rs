//! Waiting longer and longer for what does not answer.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// How long to wait before the next try.
#[derive(Debug)]
pub(super) struct Patience(Duration);

impl Default for Patience {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl Patience {
    /// Waits, longer each time. Whether there is to be another try.
    pub(super) async fn wait(&mut self, stop: &CancellationToken) -> bool {
        let wait = self.0;
        self.0 = (wait * 2).min(LONGEST);
        stop.run_until_cancelled(sleep(wait)).await.is_some()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_grows_to_a_limit_and_ends_at_once_on_stop() {
        let stop = CancellationToken::new();
        let mut patience = Patience::default();
        let began = Instant::now();
        for _ in 0..8 {
            assert!(patience.wait(&stop).await);
        }
        assert_eq!(began.elapsed().as_millis(), 100 + 200 + 400 + 800 + 1600 + 3200 + 5000 + 5000);
        stop.cancel();
        let began = Instant::now();
        assert!(!patience.wait(&stop).await);
        assert!(began.elapsed().is_zero());
    }
}
