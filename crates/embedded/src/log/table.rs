//! Where the logs are found.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    sync::{Arc, Mutex},
};

use domain::{id::GenerationId, time::Timestamp};
use tokio::sync::{Notify, futures::Notified};

use super::state::Log;
use crate::lock::lock;

/// How many parts the table has, so that streams seldom wait for each other.
const SHARDS: usize = 16;

/// A shard whose map is this much larger than needed gives memory back.
const SPARE: usize = 4;

type Shard = Mutex<HashMap<GenerationId, Arc<Slot>>>;

/// All logs by generation. Locks are taken shard first, slot second, and never two of a kind.
#[derive(Default)]
pub(super) struct Table {
    hasher: RandomState,
    shards: [Shard; SHARDS],
}

/// One log and those who wait for it.
#[derive(Default)]
pub(super) struct Slot {
    log: Mutex<Log>,
    changed: Notify,
}

impl Slot {
    /// Looks at the log as it is at `now`, and may change it.
    pub(super) fn with<T>(&self, now: Timestamp, look: impl FnOnce(&mut Log) -> T) -> T {
        let mut log = lock(&self.log);
        log.expire_due(now);
        look(&mut log)
    }

    /// Wakes everybody who waits for a change.
    pub(super) fn tell(&self) {
        self.changed.notify_waiters();
    }

    /// The next change.
    pub(super) fn changed(&self) -> Notified<'_> {
        self.changed.notified()
    }
}

impl Table {
    fn shard(&self, generation: GenerationId) -> &Shard {
        #[expect(clippy::cast_possible_truncation, reason = "any bits of a hash are as good")]
        let hash = self.hasher.hash_one(generation) as usize;
        &self.shards[hash % SHARDS]
    }

    /// The place of `generation`'s log, made if there is none.
    pub(super) fn slot(&self, generation: GenerationId) -> Arc<Slot> {
        Arc::clone(lock(self.shard(generation)).entry(generation).or_default())
    }

    /// The place of `generation`'s log, if there is one.
    pub(super) fn find(&self, generation: GenerationId) -> Option<Arc<Slot>> {
        lock(self.shard(generation)).get(&generation).map(Arc::clone)
    }

    /// How many places there are.
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    /// Shows every log to `look`, and drops the places that then hold nothing and nobody waits at.
    pub(super) fn sweep(&self, now: Timestamp, mut look: impl FnMut(GenerationId, &mut Log)) {
        for shard in &self.shards {
            let mut shard = lock(shard);
            shard.retain(|generation, slot| {
                let is_blank = slot.with(now, |log| {
                    look(*generation, log);
                    log.is_blank()
                });
                // A place is taken only out of the locked shard, so a count of one stays one.
                !is_blank || Arc::strong_count(slot) > 1
            });
            if shard.capacity() > SPARE * shard.len().max(SPARE) {
                shard.shrink_to_fit();
            }
        }
    }
}
