//! One hand-over and its end.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{FutureExt, future::BoxFuture};
use lapin::{
    Acker, BasicProperties, Channel,
    options::{BasicAckOptions, BasicNackOptions},
};
use ports::queue::{Acknowledge, Delivery, Envelope, QueueError, Topic};
use tokio_util::sync::CancellationToken;

use crate::{
    error::Trouble,
    message::{self, Unreadable},
    publish::Publisher,
};

/// What a subscription hands over with each message.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) topic: Topic,
    pub(crate) publisher: Arc<Publisher>,
    /// Open as long as one of its deliveries is out, whatever became of the subscription.
    pub(crate) channel: Channel,
    /// Canceled when the channel is closed all the same, or the broker ends the subscription.
    pub(crate) lost: Arc<CancellationToken>,
}

/// A message that is out. Dropped, it goes back to its queue.
pub(crate) struct Held {
    source: Source,
    acker: Acker,
    redelivered: bool,
    properties: BasicProperties,
    body: Bytes,
}

impl Held {
    pub(crate) fn new(source: &Source, delivery: lapin::message::Delivery) -> Self {
        Self {
            source: source.clone(),
            acker: delivery.acker,
            redelivered: delivery.redelivered,
            properties: delivery.properties,
            body: delivery.data.into(),
        }
    }

    pub(crate) fn envelope(&self) -> Result<Envelope, Unreadable> {
        message::read(&self.properties, self.body.clone())
    }

    /// The delivery as services know it.
    pub(crate) fn deliver(self, envelope: Envelope) -> Delivery {
        let returns = message::returns(&self.properties);
        Delivery::new(envelope, self.redelivered, Box::new(self)).after(returns)
    }

    /// For how long the message has to wait yet.
    pub(crate) fn early(&self) -> Option<Duration> {
        let until = message::waits_until(&self.properties)?;
        (until - self.source.publisher.clock.now()).to_std().ok()
    }

    /// Publishes the message for later, and is done with this copy of it.
    pub(crate) async fn postpone(self, delay: Duration) -> Result<(), Trouble> {
        let Source { topic, publisher, .. } = &self.source;
        publisher.publish(topic, message::revived(&self.properties), &self.body, delay).await?;
        self.done().await
    }

    pub(crate) async fn bury(self, why: &str) -> Result<(), Trouble> {
        let Source { topic, publisher, .. } = &self.source;
        publisher.bury(topic, self.properties.clone(), &self.body, why).await?;
        self.done().await
    }

    async fn done(&self) -> Result<(), Trouble> {
        taken(self.acker.ack(BasicAckOptions::default()).await?)
    }
}

/// An end comes too late when the channel was closed before.
pub(crate) fn taken(usable: bool) -> Result<(), Trouble> {
    if usable { Ok(()) } else { Err(Trouble::GivenBack) }
}

fn again() -> BasicNackOptions {
    BasicNackOptions { requeue: true, ..Default::default() }
}

#[async_trait]
impl Acknowledge for Held {
    async fn ack(self: Box<Self>) -> Result<(), QueueError> {
        Ok(self.done().await?)
    }

    async fn release(self: Box<Self>) -> Result<(), QueueError> {
        let usable = self.acker.nack(again()).await.map_err(Trouble::from)?;
        Ok(taken(usable)?)
    }

    async fn dead_letter(self: Box<Self>, why: &str) -> Result<(), QueueError> {
        Ok(self.bury(why).await?)
    }

    fn lost(&self) -> BoxFuture<'static, ()> {
        CancellationToken::clone(&self.source.lost).cancelled_owned().boxed()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Does nothing after another end. The frame is on its way with the first poll; if the channel
        // is gone, the broker has taken the message back already.
        let _ = self.acker.nack(again()).now_or_never();
    }
}
