//! Messages written together with the change that causes them, waiting to be published.

use async_trait::async_trait;
use domain::{
    id::{GenerationId, OutboxId},
    time::Timestamp,
};

use super::StoreError;
use crate::queue::{Envelope, Topic};

/// A message to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOutboxRow {
    /// Which one; also the `message_id` on the queue.
    pub id: OutboxId,
    /// Where to.
    pub topic: Topic,
    /// What.
    pub envelope: Envelope,
    /// The generation whose job this is, for a job.
    pub generation_id: Option<GenerationId>,
    /// Until then only the writer itself publishes it, which it does at once after the commit.
    pub claimed_until: Option<Timestamp>,
}

/// A message waiting to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Which one.
    pub id: OutboxId,
    /// Where to.
    pub topic: Topic,
    /// What.
    pub envelope: Envelope,
}

/// How much claimed rows hold, in bytes of their messages, beside the one that goes beyond it. So many of the longest
/// questions as are claimed at once would else fill the memory of whoever publishes them.
pub const CLAIM_BYTES: u64 = 8 * 1024 * 1024;

/// Messages waiting to be published.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Adds rows that nothing else is written with.
    async fn add(&self, rows: &[NewOutboxRow]) -> Result<(), StoreError>;

    /// Takes up to `limit` unsent rows that nobody has claimed, and claims them until `until`: those that nobody ever
    /// claimed first, then those whose claim ended first; oldest first where that says nothing, and in what is answered. No
    /// row is passed over for ever: one whose claim has lapsed is handed out again, rows that cannot be published let
    /// others pass, and a row committed late is found although younger ones were sent before. One that cannot be read is
    /// told of and passed over. They end, before `limit`, with the one with which they have [`CLAIM_BYTES`]: only where there
    /// are none at all, none are left.
    async fn claim(
        &self,
        limit: u32,
        until: Timestamp,
        at: Timestamp,
    ) -> Result<Vec<OutboxRow>, StoreError>;

    /// How many rows are unsent, claimed ones among them; counted up to `most`.
    async fn unsent(&self, most: u32) -> Result<u32, StoreError>;

    /// Marks rows as published. Unknown ones are ignored.
    async fn mark_sent(&self, ids: &[OutboxId]) -> Result<(), StoreError>;

    /// Has nobody else take unsent rows before `until`, whoever claimed them. Unknown ones are ignored.
    async fn put_off(&self, ids: &[OutboxId], until: Timestamp) -> Result<(), StoreError>;

    /// Forgets up to `limit` rows published and refresh tokens ended before `before`. Answers how
    /// many.
    async fn prune(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}
