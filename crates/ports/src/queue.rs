//! Work and news on their way between services.

use std::{collections::BTreeMap, error::Error, fmt, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use domain::{model::ProviderName, time::Timestamp};
use futures_util::{
    FutureExt,
    future::{self, BoxFuture},
    stream::BoxStream,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Jobs for the workers of one provider.
    Requests(ProviderName),
    /// What workers report.
    Responses,
    /// Tokens spent, for the usage book.
    UsageEvents,
    /// Things done, for the audit book.
    AuditEvents,
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requests(provider) => write!(f, "generation.requests.{provider}"),
            Self::Responses => f.write_str("generation.responses"),
            Self::UsageEvents => f.write_str("accounting.usage_event"),
            Self::AuditEvents => f.write_str("accounting.audit_event"),
        }
    }
}

/// A message with what an operator should see of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Names the message; a copy has the same.
    pub message_id: Uuid,
    /// What it belongs to, usually the generation.
    pub correlation_id: Uuid,
    /// What kind it is, for example `job`.
    pub kind: String,
    /// When it was written.
    pub at: Timestamp,
    /// Further facts for operators, and the trace context. Never a prompt or a secret.
    pub headers: BTreeMap<String, String>,
    /// The message itself, JSON.
    pub body: Bytes,
}

/// The header of a job, and of what is told of it, that says which attempt it is.
pub const ATTEMPT_HEADER: &str = "x-attempt";

/// The queue could not do it.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The broker cannot be reached or refuses for the time being. A publish may have happened.
    #[error("the queue is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The broker is well, and has no place for messages to this topic: whoever makes it has not started yet, or somebody
    /// deleted it. Others are not concerned.
    #[error("there is no such queue")]
    NoSuchQueue(#[source] Box<dyn Error + Send + Sync>),
}

/// Ends a delivery at the broker; one of the methods is called once, or none when the delivery was
/// dropped.
#[async_trait]
pub trait Acknowledge: Send + Sync {
    /// See [`Delivery::ack`].
    async fn ack(self: Box<Self>) -> Result<(), QueueError>;
    /// See [`Delivery::release`].
    async fn release(self: Box<Self>) -> Result<(), QueueError>;
    /// See [`Delivery::dead_letter`].
    async fn dead_letter(self: Box<Self>, why: &str) -> Result<(), QueueError>;
    /// See [`Delivery::lost`].
    fn lost(&self) -> BoxFuture<'static, ()>;
}

/// One hand-over of a message. It ends exactly once; one that is dropped is handed over again.
pub struct Delivery {
    /// The message.
    pub envelope: Envelope,
    /// Whether it may have been handed over before.
    pub redelivered: bool,
    /// Whether it is the last time: if it comes back once more it joins the dead letters, and nobody else hears of it.
    pub is_last: bool,
    acknowledge: Box<dyn Acknowledge>,
}

impl Delivery {
    /// A delivery that ends through `acknowledge`.
    #[must_use]
    pub fn new(envelope: Envelope, redelivered: bool, acknowledge: Box<dyn Acknowledge>) -> Self {
        Self { envelope, redelivered, is_last: false, acknowledge }
    }

    /// The same, of a message that came back `returns` times before.
    #[must_use]
    pub fn after(self, returns: u32) -> Self {
        Self { is_last: returns.saturating_add(1) >= MAX_DELIVERIES, ..self }
    }

    /// Waits until the queue has taken the delivery away from a receiver that still has it: the
    /// message is handed over again, and ending this delivery does nothing. Soon, but not at once.
    #[must_use]
    pub fn lost(&self) -> BoxFuture<'static, ()> {
        self.acknowledge.lost()
    }

    /// Done: the message is gone.
    pub async fn ack(self) -> Result<(), QueueError> {
        self.acknowledge.ack().await
    }

    /// Not done: the message is handed over again, to anybody.
    pub async fn release(self) -> Result<(), QueueError> {
        self.acknowledge.release().await
    }

    /// Cannot be done: the message waits among the dead letters, with as much of the reason as is kept.
    pub async fn dead_letter(self, why: &str) -> Result<(), QueueError> {
        self.acknowledge.dead_letter(kept_reason(why)).await
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("message_id", &self.envelope.message_id)
            .field("redelivered", &self.redelivered)
            .finish_non_exhaustive()
    }
}

/// Deliveries as they come. Dropping it ends the subscription and gives back what was not taken out.
pub type Deliveries = BoxStream<'static, Result<Delivery, QueueError>>;

/// Waits until the end of this process, however sudden, takes a message no more along. One that stays among
/// the dead letters of a queue in this process is not safe until it is done, or purged.
pub type Safe = BoxFuture<'static, ()>;

/// Work and news on their way between services.
///
/// Every message is delivered at least once, in about the order of publishing. A consumer must
/// expect copies.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Publishes, and returns when the message is as safe as the broker makes it.
    ///
    /// With a `delay` it is delivered no earlier than that; it may be later, by up to the next rung
    /// of the retry ladder.
    async fn publish(
        &self,
        topic: &Topic,
        envelope: Envelope,
        delay: Option<Duration>,
    ) -> Result<(), QueueError>;

    /// Publishes like [`publish`](Self::publish), for one who can publish again what is lost: a broker keeps what it
    /// has taken, but a queue in this process dies with it, and there a message is safe when its consumer is
    /// done with it.
    async fn publish_watched(&self, topic: &Topic, envelope: Envelope) -> Result<Safe, QueueError> {
        self.publish(topic, envelope, None).await?;
        Ok(future::ready(()).boxed())
    }

    /// Subscribes. At most `prefetch` deliveries are out at once: those taken from the stream and not
    /// ended, and those waiting in it. Consumers of one topic share its messages.
    ///
    /// A message that was handed over and came back [`MAX_DELIVERIES`] times joins the dead letters. The last of
    /// these deliveries says that it is.
    async fn consume(&self, topic: &Topic, prefetch: u16) -> Result<Deliveries, QueueError>;
}

/// How often a message is handed over before it joins the dead letters: a job that kills every worker
/// that takes it must not go round for ever.
pub const MAX_DELIVERIES: u32 = 5;

/// How much of a reason is kept with a dead letter, in bytes: a broker takes all that is said beside the message itself
/// in one piece, which it bounds.
pub const MAX_REASON: usize = 1024;

/// As much of `why` as is kept with a dead letter.
#[must_use]
pub fn kept_reason(why: &str) -> &str {
    &why[..why.floor_char_boundary(MAX_REASON)]
}

/// How much waits in a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Ready to be delivered.
    pub ready: u64,
    /// Delivered and not ended.
    pub unsettled: u64,
    /// Waiting for their time.
    pub delayed: u64,
}

/// A message that could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Where it had been.
    pub topic: Topic,
    /// The message.
    pub envelope: Envelope,
    /// Why it is here: [`MAX_REASON`] bytes of it at most.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
}

/// Where a dead letter stands among the others: since when it is one, and its id, which orders those of one
/// time.
pub type DeadPlace = (Timestamp, Uuid);

impl DeadLetter {
    /// Where it stands among the others.
    #[must_use]
    pub const fn place(&self) -> DeadPlace {
        (self.since, self.envelope.message_id)
    }
}

/// What operators do with queues.
#[async_trait]
pub trait QueueOperations: Send + Sync {
    /// How much waits in a topic; zero for one never used.
    async fn depth(&self, topic: &Topic) -> Result<Depth, QueueError>;

    /// How many dead letters there are. Cheap, and takes none out.
    async fn dead_count(&self) -> Result<u64, QueueError>;

    /// The oldest dead letters, without taking them out.
    async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, QueueError> {
        self.dead_letters_behind(None, limit).await
    }

    /// The oldest dead letters behind `after`, in the order of their places, without taking them out.
    async fn dead_letters_behind(
        &self,
        after: Option<DeadPlace>,
        limit: u32,
    ) -> Result<Vec<DeadLetter>, QueueError>;

    /// Those of `message_ids` that are dead letters, wherever they stand, each once, without taking them out.
    async fn dead_letters_called(
        &self,
        message_ids: &[Uuid],
    ) -> Result<Vec<DeadLetter>, QueueError>;

    /// Puts dead letters back where they had been. Answers how many of `message_ids` there were.
    async fn replay(&self, message_ids: &[Uuid]) -> Result<u64, QueueError>;

    /// Drops dead letters for good. Answers how many of `message_ids` there were.
    async fn purge(&self, message_ids: &[Uuid]) -> Result<u64, QueueError>;
}
