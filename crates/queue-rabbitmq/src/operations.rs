//! What operators do with queues.

use async_trait::async_trait;
use futures_util::FutureExt;
use ports::queue::{DeadLetter, DeadPlace, Depth, QueueError, QueueOperations, Topic};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::{
    claim::{PATIENCE, PAUSE},
    depth::surely,
    desk::Removal,
    error::Trouble,
    place::DEAD,
    queue::RabbitQueue,
};

#[async_trait]
impl QueueOperations for RabbitQueue {
    async fn depth(&self, topic: &Topic) -> Result<Depth, QueueError> {
        Ok(self.depth_of(topic).await?)
    }

    async fn dead_count(&self) -> Result<u64, QueueError> {
        let mut count = 0;
        for queue in DEAD {
            count += self.dead_in(queue).await?;
        }
        Ok(count)
    }

    async fn dead_letters_behind(
        &self,
        after: Option<DeadPlace>,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, QueueError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let looking = self.desk.clone().oldest(after, limit);
        Ok(self.desk.alone(looking.boxed()).await?)
    }

    async fn dead_letters_called(
        &self,
        message_ids: &[Uuid],
    ) -> Result<Vec<DeadLetter>, QueueError> {
        let looking = self.desk.clone().called(message_ids.to_vec());
        Ok(self.desk.alone(looking.boxed()).await?)
    }

    async fn replay(&self, message_ids: &[Uuid]) -> Result<u64, QueueError> {
        Ok(self.remove(message_ids, Removal::Replay).await?)
    }

    async fn purge(&self, message_ids: &[Uuid]) -> Result<u64, QueueError> {
        Ok(self.remove(message_ids, Removal::Purge).await?)
    }
}

impl RabbitQueue {
    async fn remove(&self, message_ids: &[Uuid], removal: Removal) -> Result<u64, Trouble> {
        let removing = self.desk.clone().remove(message_ids.to_vec(), removal);
        self.desk.alone(removing.boxed()).await
    }

    /// How many letters are in `queue`; none if it was missing a moment ago.
    async fn dead_in(&self, queue: &str) -> Result<u64, Trouble> {
        let memory = &self.publisher.topology.memory;
        if memory.is_there(queue) == Some(false) {
            return Ok(0);
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let Some(count) = surely(&self.consuming, queue).await? else {
                memory.note(queue, false);
                return Ok(0);
            };
            // Letters that somebody looks at are not among those that are ready.
            if count.consumers == 0 || Instant::now() >= deadline {
                return Ok(count.ready);
            }
            sleep(PAUSE).await;
        }
    }
}
