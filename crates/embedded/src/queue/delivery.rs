//! The end of a delivery.

use std::{future::pending, sync::Arc};

use async_trait::async_trait;
use futures_util::{FutureExt, future::BoxFuture};
use ports::queue::{Acknowledge, QueueError};

use super::{consumer::Consumer, topic::Message};

/// Ends a delivery; gives the message back when nobody does.
pub(super) struct MemoryAcknowledge {
    consumer: Arc<Consumer>,
    /// The message, until it is settled.
    message: Option<Message>,
}

impl MemoryAcknowledge {
    pub(super) fn new(consumer: Arc<Consumer>, message: Message) -> Self {
        Self { consumer, message: Some(message) }
    }
}

#[async_trait]
impl Acknowledge for MemoryAcknowledge {
    async fn ack(mut self: Box<Self>) -> Result<(), QueueError> {
        if self.message.take().is_some() {
            self.consumer.topic.settle();
        }
        Ok(())
    }

    async fn release(self: Box<Self>) -> Result<(), QueueError> {
        // Dropping it gives the message back.
        Ok(())
    }

    async fn dead_letter(mut self: Box<Self>, why: &str) -> Result<(), QueueError> {
        if let Some(message) = self.message.take() {
            self.consumer.topic.dead_letter(message, why.to_owned());
        }
        Ok(())
    }

    fn lost(&self) -> BoxFuture<'static, ()> {
        // It is in the receiver's own memory.
        pending().boxed()
    }
}

impl Drop for MemoryAcknowledge {
    fn drop(&mut self) {
        if let Some(message) = self.message.take() {
            self.consumer.topic.give_back(message);
        }
        self.consumer.ended();
    }
}
