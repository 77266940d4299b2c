//! Following a log: a position and a place to wait, nothing more.

use std::{pin::pin, sync::Arc};

use futures_util::{StreamExt, stream};
use ports::{
    Clock,
    live::{LogBatches, LogEntry},
};

use super::table::Slot;

/// How many entries a follower that has fallen behind gets at once.
const BATCH: usize = 256;

struct Follower {
    slot: Arc<Slot>,
    clock: Arc<dyn Clock>,
    after: u64,
}

/// The entries after `after`, until the log has ended.
pub(super) fn batches(slot: Arc<Slot>, clock: Arc<dyn Clock>, after: u64) -> LogBatches {
    let follower = Follower { slot, clock, after };
    stream::unfold(follower, |mut follower| async move {
        let batch = follower.next().await?;
        Some((Ok(batch), follower))
    })
    .fuse()
    .boxed()
}

/// What a follower finds.
enum Found {
    Entries(Vec<LogEntry>),
    NothingYet,
    End,
}

impl Follower {
    async fn next(&mut self) -> Option<Vec<LogEntry>> {
        loop {
            // Seldom does a busy log have to be waited for, so look before registering.
            let mut found = self.look();
            let mut changed = pin!(self.slot.changed());
            if matches!(found, Found::NothingYet) {
                // Registered first, looked second: what comes in between is not missed.
                changed.as_mut().enable();
                found = self.look();
            }
            match found {
                Found::Entries(batch) => {
                    self.after = batch.last().map_or(self.after, |entry| entry.seq);
                    return Some(batch);
                }
                Found::End => return None,
                Found::NothingYet => changed.await,
            }
        }
    }

    fn look(&self) -> Found {
        self.slot.with(self.clock.now(), |log| {
            let batch = log.entries(self.after, BATCH);
            match batch.is_empty() {
                false => Found::Entries(batch),
                true if log.is_concluded() => Found::End,
                true => Found::NothingYet,
            }
        })
    }
}
