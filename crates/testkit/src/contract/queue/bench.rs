//! What every case works with.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::{id::GenerationId, model::ProviderName};
use ports::queue::{
    DeadLetter, Deliveries, Delivery, Depth, Envelope, Queue, QueueOperations, Topic,
};
use uuid::Uuid;

use super::super::waiting::{Advance, Guard, next};
use crate::clock::epoch;

/// A queue to be tried, and how to let time pass for it.
pub struct QueueUnderTest {
    /// The queue.
    pub queue: Arc<dyn Queue>,
    /// The same queue, for operators.
    pub operations: Arc<dyn QueueOperations>,
    /// Lets time pass.
    pub advance: Advance,
    /// Kept until the case is over.
    pub guard: Guard,
}

/// A version 7 UUID unlike any other.
fn unique() -> Uuid {
    GenerationId::generate(epoch()).as_uuid()
}

/// A topic that no other case uses.
pub(super) fn topic() -> Topic {
    let digits = unique().simple().to_string();
    // The last digits are the random ones.
    let provider = ProviderName::parse(&format!("p{}", &digits[16..])).unwrap();
    Topic::Requests(provider)
}

/// A message unlike any other, that says `text`.
pub(super) fn envelope(text: &str) -> Envelope {
    Envelope {
        message_id: unique(),
        correlation_id: unique(),
        kind: "job".to_owned(),
        at: epoch(),
        headers: BTreeMap::from([("traceparent".to_owned(), "00-abc-def-01".to_owned())]),
        body: text.to_owned().into(),
    }
}

/// What a delivery says.
pub(super) fn text(delivery: &Delivery) -> String {
    String::from_utf8(delivery.envelope.body.to_vec()).unwrap()
}

impl QueueUnderTest {
    pub(super) async fn publish(&self, topic: &Topic, text: &str) -> Envelope {
        let envelope = envelope(text);
        self.queue.publish(topic, envelope.clone(), None).await.unwrap();
        envelope
    }

    pub(super) async fn publish_later(&self, topic: &Topic, text: &str, delay: Duration) {
        self.queue.publish(topic, envelope(text), Some(delay)).await.unwrap();
    }

    pub(super) async fn consume(&self, topic: &Topic, prefetch: u16) -> Deliveries {
        self.queue.consume(topic, prefetch).await.unwrap()
    }

    pub(super) async fn depth(&self, topic: &Topic) -> Depth {
        self.operations.depth(topic).await.unwrap()
    }

    /// The dead letters of `topic`.
    pub(super) async fn dead_letters(&self, topic: &Topic) -> Vec<DeadLetter> {
        let mut letters = self.operations.dead_letters(1000).await.unwrap();
        letters.retain(|letter| letter.topic == *topic);
        letters
    }

    /// Waits until there are as many dead letters of `topic`.
    pub(super) async fn dead_letters_become(&self, topic: &Topic, count: usize) -> Vec<DeadLetter> {
        super::super::waiting::eventually(&self.advance, async || {
            self.dead_letters(topic).await.len() == count
        })
        .await;
        self.dead_letters(topic).await
    }

    /// Publishes a message and puts it among the dead letters.
    pub(super) async fn bury(&self, topic: &Topic, text: &str, why: &str) -> Envelope {
        let envelope = self.publish(topic, text).await;
        let mut deliveries = self.consume(topic, 1).await;
        let delivery = taken(&mut deliveries).await;
        assert_eq!(delivery.envelope.message_id, envelope.message_id);
        delivery.dead_letter(why).await.unwrap();
        envelope
    }
}

/// The next delivery.
pub(super) async fn taken(deliveries: &mut Deliveries) -> Delivery {
    next(deliveries).await.unwrap()
}
