//! What callers may do how often.

use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;
use domain::id::{GenerationId, UserId};

use super::LiveError;

/// So many times in so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quota {
    /// How many at once, and on average in each `per`.
    pub times: NonZeroU32,
    /// In how long.
    pub per: Duration,
}

/// Whether a caller may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes, and it is counted.
    Allowed {
        /// How many more may come at once.
        left: u32,
    },
    /// No, and it is not counted; ask again after this.
    RetryAfter(Duration),
}

/// Whether a user's place is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InFlight {
    /// It is this generation's now, or was already.
    Acquired,
    /// It is that one's.
    HeldBy(GenerationId),
}

/// What callers may do how often.
#[async_trait]
pub trait Limits: Send + Sync {
    /// Counts one more event in `bucket`, if `quota` allows it: after a pause up to `times` at once,
    /// then one each `per / times`. Buckets do not affect each other.
    async fn check(&self, bucket: &str, quota: Quota) -> Result<Verdict, LiveError>;

    /// Takes the user's place for a generation, unless another one has it. A cheap first look before
    /// the store is asked, which alone decides; forgotten after `expiry`.
    async fn acquire_inflight(
        &self,
        user: UserId,
        generation: GenerationId,
        expiry: Duration,
    ) -> Result<InFlight, LiveError>;

    /// Gives the place back, if it is this generation's.
    async fn release_inflight(
        &self,
        user: UserId,
        generation: GenerationId,
    ) -> Result<(), LiveError>;
}
