//! Queues: messages in memory, handed over one by one, given back when a delivery is dropped.
//!
//! There are no background tasks: whoever waits for a message also waits for the time of the next
//! delayed one.

mod consumer;
mod dead_letters;
mod delivery;
mod operations;
mod topic;

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::FutureExt;
use ports::{
    Clock,
    queue::{Deliveries, Envelope, Queue, QueueError, Safe, Topic},
};
use tokio::sync::oneshot;

pub use self::dead_letters::MAX_DEAD_LETTERS;
use self::{dead_letters::DeadLetters, topic::TopicQueue};
use crate::lock::lock;

/// The queues of one process.
pub struct MemoryQueue {
    topics: Mutex<HashMap<Topic, Arc<TopicQueue>>>,
    dead_letters: Arc<DeadLetters>,
}

impl MemoryQueue {
    /// No messages yet. `clock` dates the dead letters; delays go by the runtime's timers.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let dead_letters = Arc::new(DeadLetters::new(clock));
        Self { topics: Mutex::default(), dead_letters }
    }

    /// The queue of `topic`, made if there is none.
    fn topic(&self, topic: &Topic) -> Arc<TopicQueue> {
        let mut topics = lock(&self.topics);
        if let Some(queue) = topics.get(topic) {
            return Arc::clone(queue);
        }
        let queue = Arc::new(TopicQueue::new(topic.clone(), Arc::clone(&self.dead_letters)));
        topics.insert(topic.clone(), Arc::clone(&queue));
        queue
    }

    /// The queue of `topic`, if it was ever used.
    fn used_topic(&self, topic: &Topic) -> Option<Arc<TopicQueue>> {
        lock(&self.topics).get(topic).map(Arc::clone)
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn publish(
        &self,
        topic: &Topic,
        envelope: Envelope,
        delay: Option<Duration>,
    ) -> Result<(), QueueError> {
        self.topic(topic).publish(envelope, delay, None);
        Ok(())
    }

    async fn publish_watched(&self, topic: &Topic, envelope: Envelope) -> Result<Safe, QueueError> {
        let (watch, gone) = oneshot::channel::<Infallible>();
        self.topic(topic).publish(envelope, None, Some(watch));
        // Nothing is ever sent: the message takes the sender along when it goes.
        Ok(gone.map(drop).boxed())
    }

    async fn consume(&self, topic: &Topic, prefetch: u16) -> Result<Deliveries, QueueError> {
        Ok(consumer::deliveries(self.topic(topic), prefetch))
    }
}
