//! A broker on which somebody deleted a queue.

use std::{
    collections::HashSet,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use async_trait::async_trait;
use ports::queue::{Deliveries, Envelope, Queue, QueueError, Safe, Topic};

/// Which queues are not there.
#[derive(Default)]
pub struct Gaps {
    topics: Mutex<HashSet<Topic>>,
    missed: AtomicU64,
}

impl Gaps {
    /// Deletes the queue of `topic`.
    pub fn open(&self, topic: Topic) {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner).insert(topic);
    }

    /// Makes it again.
    pub fn fill(&self, topic: &Topic) {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner).remove(topic);
    }

    /// How many publishes found no queue.
    pub fn missed(&self) -> u64 {
        self.missed.load(SeqCst)
    }

    fn check(&self, topic: &Topic) -> Result<(), QueueError> {
        if !self.topics.lock().unwrap_or_else(PoisonError::into_inner).contains(topic) {
            return Ok(());
        }
        self.missed.fetch_add(1, SeqCst);
        Err(QueueError::NoSuchQueue(io::Error::other("deleted by the test").into()))
    }
}

/// The same, of a queue.
pub struct Gappy {
    pub gaps: Arc<Gaps>,
    pub port: Arc<dyn Queue>,
}

#[async_trait]
impl Queue for Gappy {
    async fn publish(
        &self,
        topic: &Topic,
        envelope: Envelope,
        delay: Option<Duration>,
    ) -> Result<(), QueueError> {
        self.gaps.check(topic)?;
        self.port.publish(topic, envelope, delay).await
    }

    async fn publish_watched(&self, topic: &Topic, envelope: Envelope) -> Result<Safe, QueueError> {
        self.gaps.check(topic)?;
        self.port.publish_watched(topic, envelope).await
    }

    async fn consume(&self, topic: &Topic, prefetch: u16) -> Result<Deliveries, QueueError> {
        self.port.consume(topic, prefetch).await
    }
}
