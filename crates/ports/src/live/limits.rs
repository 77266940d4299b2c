//! What callers may do how often, and how much at once.

use std::{num::NonZeroU32, time::Duration};

use async_trait::async_trait;
use domain::id::{GenerationId, UserId};
use uuid::Uuid;

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

/// Whether a caller may, where several buckets have a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdicts {
    /// Yes, and it is counted in each.
    Allowed {
        /// How many more may come at once, of each bucket in the order they were named.
        left: Vec<u32>,
    },
    /// No, and it is counted in none.
    RetryAfter {
        /// Ask again after this, when all of them allow it.
        wait: Duration,
        /// Which of the buckets refuses for so long, by its place in the order.
        by: usize,
    },
}

/// Whether a user's place is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InFlight {
    /// It is this generation's now, or was already.
    Acquired,
    /// It is that one's.
    HeldBy(GenerationId),
}

/// A process that serves streams, as the others know it.
#[derive(Debug, Clone, Copy)]
pub struct Process<'a> {
    /// No other process is called so.
    pub name: &'a str,
    /// How long its word is good: one that was silent for longer serves nothing.
    pub kept: Duration,
}

/// Whether a user may have one more stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seating {
    /// Yes, and it is counted.
    Free,
    /// No, and it is not counted: all processes together serve as many as allowed.
    Full,
}

/// Of how many users a process speaks at once: more would keep others waiting, and its word grows old
/// while it is said.
pub const SEATS_AT_ONCE: usize = 256;

/// What callers may do how often, and how much at once.
///
/// A process that serves streams says how many of a user it serves, never how many more. So saying
/// it again changes nothing, and its next word sets right whatever was lost or forgotten.
#[async_trait]
pub trait Limits: Send + Sync {
    /// Counts one more event of `who` in every one of `buckets`, which have different names, if the quota of each
    /// allows it, and else in none: after a pause up to `times` at once, then one each `per / times`. Buckets with
    /// other names or of others are not affected. If the live side was lost while it answered, one event may be counted twice.
    async fn check_all(&self, who: &str, buckets: &[(&str, Quota)]) -> Result<Verdicts, LiveError>;

    /// Counts one more event in one bucket, if `quota` allows it.
    async fn check(&self, bucket: &str, quota: Quota) -> Result<Verdict, LiveError> {
        Ok(match self.check_all(bucket, &[("", quota)]).await? {
            Verdicts::Allowed { left } => {
                Verdict::Allowed { left: left.first().copied().unwrap_or_default() }
            }
            Verdicts::RetryAfter { wait, .. } => Verdict::RetryAfter(wait),
        })
    }

    /// Uses `what`, which is good once, up in the name of `by`. Answers whether it was good: nobody had used it up, or this
    /// `by` had, whose answer was lost. Forgotten after `kept`, by when nobody may take it for good any more.
    async fn use_up(&self, what: &str, by: Uuid, kept: Duration) -> Result<bool, LiveError>;

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

    /// Counts a stream of `user` at `process`, which with it serves `streams` of them, unless all
    /// processes together would then serve more than `most`.
    ///
    /// Of calls under way at the same time the largest number counts, so a process need not make
    /// them one after the other. A stream that is not to be after all, since the answer was lost or
    /// nobody waits for it, is counted until [`keep_seats`](Limits::keep_seats) says otherwise.
    async fn take_seat(
        &self,
        process: Process<'_>,
        user: UserId,
        streams: u32,
        most: u32,
    ) -> Result<Seating, LiveError>;

    /// Says how many streams `process` serves of each of these users, at most [`SEATS_AT_ONCE`], now, be it
    /// more than allowed; 0 for none. Of all others what it said before holds. After an error some may be known and
    /// some not.
    ///
    /// Users who are not named within `process.kept`, here or when they take a seat, count as
    /// served none.
    async fn keep_seats(
        &self,
        process: Process<'_>,
        streams: &[(UserId, u32)],
    ) -> Result<(), LiveError>;
}
