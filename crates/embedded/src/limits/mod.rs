//! What callers may do how often and how much at once, and whose turn it is.

mod buckets;
mod clock;
mod places;
mod seats;
mod used;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use domain::id::{GenerationId, UserId};
use ports::{
    Clock,
    live::{InFlight, Limits, LiveError, Process, Quota, Seating, Verdicts},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::{buckets::Buckets, places::Places, seats::Seats, used::Used};
use crate::lock::lock;

/// How often buckets that are full again are forgotten.
const PERIOD: Duration = Duration::from_mins(1);

/// The limits of one process.
pub struct MemoryLimits {
    clock: Arc<dyn Clock>,
    /// The quotas come from the configuration, so there are few.
    buckets: Mutex<HashMap<Quota, Buckets>>,
    places: Mutex<Places>,
    seats: Mutex<Seats>,
    used: Mutex<Used>,
}

impl MemoryLimits {
    /// Nothing counted yet. Refilling goes by `clock`.
    ///
    /// Buckets that are full again keep their memory until [`MemoryLimits::run`] frees it, which the
    /// owner should keep going.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            buckets: Mutex::default(),
            places: Mutex::default(),
            seats: Mutex::default(),
            used: Mutex::default(),
        }
    }

    /// How many buckets, places and things that are good once are remembered, and of how many users streams.
    #[must_use]
    pub fn len(&self) -> usize {
        let buckets: usize = lock(&self.buckets).values().map(Buckets::len).sum();
        buckets + lock(&self.places).len() + lock(&self.seats).len() + lock(&self.used).len()
    }

    /// Whether nothing is remembered of anybody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets the buckets that are full again, and whatever else's time is over.
    pub fn sweep(&self) {
        lock(&self.buckets).values_mut().for_each(Buckets::forget_full);
        let now = self.clock.now();
        lock(&self.places).forget_expired(now);
        lock(&self.seats).forget_expired(now);
        lock(&self.used).forget_expired(now);
    }

    /// Sweeps every minute until `shutdown`.
    pub async fn run(&self, shutdown: CancellationToken) {
        let mut period = tokio::time::interval(PERIOD);
        while shutdown.run_until_cancelled(period.tick()).await.is_some() {
            self.sweep();
        }
    }
}

#[async_trait]
impl Limits for MemoryLimits {
    async fn check_all(&self, who: &str, buckets: &[(&str, Quota)]) -> Result<Verdicts, LiveError> {
        // Held until all have had their word, so that nobody counts in between.
        let mut all = lock(&self.buckets);
        let (mut left, mut counted) = (Vec::new(), Vec::new());
        let mut refusal: Option<(Duration, usize)> = None;
        for (by, (name, quota)) in buckets.iter().enumerate() {
            let of_quota = all.entry(*quota).or_insert_with(|| Buckets::of(*quota, &self.clock));
            let bucket = format!("{who}:{name}");
            match of_quota.check(&bucket) {
                Ok((remaining, before)) => {
                    left.push(remaining);
                    counted.push((*quota, bucket, before));
                }
                Err(wait) if refusal.is_none_or(|(longest, _)| wait > longest) => {
                    refusal = Some((wait, by));
                }
                Err(_) => {}
            }
        }
        let Some((wait, by)) = refusal else { return Ok(Verdicts::Allowed { left }) };
        for (quota, bucket, before) in counted {
            all.entry(quota).and_modify(|of_quota| of_quota.put_back(&bucket, before));
        }
        Ok(Verdicts::RetryAfter { wait, by })
    }

    async fn use_up(&self, what: &str, by: Uuid, kept: Duration) -> Result<bool, LiveError> {
        Ok(lock(&self.used).take(what, by, kept, self.clock.now()))
    }

    async fn acquire_inflight(
        &self,
        user: UserId,
        generation: GenerationId,
        expiry: Duration,
    ) -> Result<InFlight, LiveError> {
        Ok(lock(&self.places).acquire(user, generation, expiry, self.clock.now()))
    }

    async fn release_inflight(
        &self,
        user: UserId,
        generation: GenerationId,
    ) -> Result<(), LiveError> {
        lock(&self.places).release(user, generation);
        Ok(())
    }

    async fn take_seat(
        &self,
        process: Process<'_>,
        user: UserId,
        streams: u32,
        most: u32,
    ) -> Result<Seating, LiveError> {
        Ok(lock(&self.seats).take(process, user, streams, most, self.clock.now()))
    }

    async fn keep_seats(
        &self,
        process: Process<'_>,
        streams: &[(UserId, u32)],
    ) -> Result<(), LiveError> {
        let mut seats = lock(&self.seats);
        let now = self.clock.now();
        for (user, streams) in streams {
            seats.keep(process, *user, *streams, now);
        }
        Ok(())
    }
}
