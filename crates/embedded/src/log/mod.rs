//! Event logs: one small record per generation, and followers that hold no more than a position.

mod cancels;
mod follow;
mod numbers;
mod reader;
mod state;
mod sweep;
mod table;
mod writer;

use std::{sync::Arc, time::Duration};

use domain::{id::GenerationId, time::Timestamp};
use ports::Clock;
use tokio::sync::broadcast;

use self::{numbers::Numbers, state::Log, table::Table};

/// How long a writer keeps its log without a word: long enough for a busy machine, short enough for
/// whoever waits for a dead worker's answer.
pub const LEASE: Duration = Duration::from_secs(15);

/// How many wishes to stop a listener may lie behind before it misses some; the log still knows them.
const CANCELS_KEPT: usize = 1024;

/// The event logs of one process.
pub struct MemoryLog {
    clock: Arc<dyn Clock>,
    table: Table,
    numbers: Numbers,
    cancels: broadcast::Sender<GenerationId>,
}

impl MemoryLog {
    /// No logs yet. Leases and expiry go by `clock`.
    ///
    /// What has expired is not shown any more, but its memory is freed by [`MemoryLog::run`], which
    /// the owner should keep going.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let (cancels, _) = broadcast::channel(CANCELS_KEPT);
        Self { clock, table: Table::default(), numbers: Numbers::default(), cancels }
    }

    /// Of how many generations something is known, or waited for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether nothing is known of any generation, and nobody waits for one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Changes the log of `generation`, wakes its followers, and answers what `change` does.
    fn change<T>(
        &self,
        generation: GenerationId,
        change: impl FnOnce(&mut Log, Timestamp) -> T,
    ) -> T {
        let now = self.clock.now();
        let slot = self.table.slot(generation);
        let answer = slot.with(now, |log| {
            log.touch(now);
            change(log, now)
        });
        // Even if nothing can be seen of the change: it costs little, and a wake-up forgotten a lot.
        slot.tell();
        answer
    }
}
