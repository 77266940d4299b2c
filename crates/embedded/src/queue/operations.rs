//! What operators do with queues.

use std::collections::HashSet;

use async_trait::async_trait;
use ports::queue::{DeadLetter, DeadPlace, Depth, QueueError, QueueOperations, Topic};
use uuid::Uuid;

use super::{MemoryQueue, dead_letters::Kept};

#[async_trait]
impl QueueOperations for MemoryQueue {
    async fn depth(&self, topic: &Topic) -> Result<Depth, QueueError> {
        Ok(self.used_topic(topic).map(|queue| queue.depth()).unwrap_or_default())
    }

    async fn dead_count(&self) -> Result<u64, QueueError> {
        Ok(self.dead_letters.count())
    }

    async fn dead_letters_behind(
        &self,
        after: Option<DeadPlace>,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, QueueError> {
        Ok(self.dead_letters.oldest(after, usize::try_from(limit).unwrap_or(usize::MAX)))
    }

    async fn dead_letters_called(
        &self,
        message_ids: &[Uuid],
    ) -> Result<Vec<DeadLetter>, QueueError> {
        Ok(self.dead_letters.called(message_ids))
    }

    async fn replay(&self, message_ids: &[Uuid]) -> Result<u64, QueueError> {
        let taken = self.dead_letters.take(message_ids);
        let found = count(&taken);
        for Kept { letter, watch } in taken {
            self.topic(&letter.topic).publish(letter.envelope, None, watch);
        }
        Ok(found)
    }

    async fn purge(&self, message_ids: &[Uuid]) -> Result<u64, QueueError> {
        Ok(count(&self.dead_letters.take(message_ids)))
    }
}

/// How many messages there are, copies not counted.
fn count(taken: &[Kept]) -> u64 {
    let ids: HashSet<Uuid> = taken.iter().map(Kept::id).collect();
    ids.len() as u64
}
