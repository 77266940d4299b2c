//! Freeing what has expired.

use std::time::Duration;

use domain::{id::GenerationId, time::Timestamp};
use tokio_util::sync::CancellationToken;

use super::MemoryLog;

/// How often expired logs are freed.
const PERIOD: Duration = Duration::from_secs(5);

/// How many ended logs are remembered after their entries expired; beyond that the oldest are
/// forgotten, which costs a second call to the provider if their job comes back once more.
const MAX_TOMBSTONES: usize = 16_384;

impl MemoryLog {
    /// Frees what has expired by `now`, and the oldest tombstones if there are too many.
    pub fn sweep(&self, now: Timestamp) {
        let mut tombstones = Vec::new();
        self.table.sweep(now, |generation, log| {
            if log.is_blank() {
                self.numbers.pass(log.last());
            }
            tombstones.extend(log.tombstone_since().map(|since| (since, generation)));
        });
        if let Some(excess) = tombstones.len().checked_sub(MAX_TOMBSTONES + 1) {
            tombstones.select_nth_unstable(excess);
            tombstones[..=excess].iter().for_each(|(_, generation)| self.forget(*generation, now));
        }
    }

    fn forget(&self, generation: GenerationId, now: Timestamp) {
        if let Some(slot) = self.table.find(generation) {
            slot.with(now, |log| {
                if log.tombstone_since().is_some() {
                    log.forget();
                }
            });
        }
    }

    /// Sweeps every few seconds until `shutdown`.
    pub async fn run(&self, shutdown: CancellationToken) {
        let mut period = tokio::time::interval(PERIOD);
        while shutdown.run_until_cancelled(period.tick()).await.is_some() {
            self.sweep(self.clock.now());
        }
    }
}
