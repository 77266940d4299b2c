//! What callers may do how often and how much at once, and whose turn it is.

mod clock;
mod places;
mod seats;

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use domain::id::{GenerationId, UserId};
use governor::{
    RateLimiter, clock::Clock as _, middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};
use ports::{
    Clock,
    live::{InFlight, Limits, LiveError, Process, Quota, Seating, Verdict},
};
use tokio_util::sync::CancellationToken;

use self::{clock::PortClock, places::Places, seats::Seats};
use crate::lock::lock;

/// How often buckets that are full again are forgotten.
const PERIOD: Duration = Duration::from_mins(1);

/// All buckets of one quota.
type Buckets =
    RateLimiter<String, DashMapStateStore<String>, PortClock, StateInformationMiddleware>;

/// The limits of one process.
pub struct MemoryLimits {
    clock: Arc<dyn Clock>,
    /// The quotas come from the configuration, so there are few.
    buckets: Mutex<HashMap<Quota, Arc<Buckets>>>,
    places: Mutex<Places>,
    seats: Mutex<Seats>,
}

impl MemoryLimits {
    /// Nothing counted yet. Refilling goes by `clock`.
    ///
    /// Buckets that are full again keep their memory until [`MemoryLimits::run`] frees it, which the
    /// owner should keep going.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, buckets: Mutex::default(), places: Mutex::default(), seats: Mutex::default() }
    }

    /// The buckets of `quota`; none if it limits nothing, since it refills in no time.
    fn buckets(&self, quota: Quota) -> Option<Arc<Buckets>> {
        let mut all = lock(&self.buckets);
        if let Some(buckets) = all.get(&quota) {
            return Some(Arc::clone(buckets));
        }
        let clock = PortClock::new(Arc::clone(&self.clock));
        let buckets = RateLimiter::dashmap_with_clock(governor_quota(quota)?, clock);
        let buckets: Arc<Buckets> = Arc::new(buckets.with_middleware());
        all.insert(quota, Arc::clone(&buckets));
        Some(buckets)
    }

    /// How many buckets and places are remembered, and of how many users streams.
    #[must_use]
    pub fn len(&self) -> usize {
        let buckets: usize = lock(&self.buckets).values().map(|buckets| buckets.len()).sum();
        buckets + lock(&self.places).len() + lock(&self.seats).len()
    }

    /// Whether nothing is remembered of anybody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets the buckets that are full again, and the places and streams whose time is over.
    pub fn sweep(&self) {
        let all: Vec<Arc<Buckets>> = lock(&self.buckets).values().map(Arc::clone).collect();
        for buckets in all {
            buckets.retain_recent();
            buckets.shrink_to_fit();
        }
        let now = self.clock.now();
        lock(&self.places).forget_expired(now);
        lock(&self.seats).forget_expired(now);
    }

    /// Sweeps every minute until `shutdown`.
    pub async fn run(&self, shutdown: CancellationToken) {
        let mut period = tokio::time::interval(PERIOD);
        while shutdown.run_until_cancelled(period.tick()).await.is_some() {
            self.sweep();
        }
    }
}

fn governor_quota(quota: Quota) -> Option<governor::Quota> {
    let each = quota.per / NonZeroU32::get(quota.times);
    governor::Quota::with_period(each).map(|refill| refill.allow_burst(quota.times))
}

#[async_trait]
impl Limits for MemoryLimits {
    async fn check(&self, bucket: &str, quota: Quota) -> Result<Verdict, LiveError> {
        let Some(buckets) = self.buckets(quota) else {
            return Ok(Verdict::Allowed { left: quota.times.get() });
        };
        Ok(match buckets.check_key(&bucket.to_owned()) {
            Ok(state) => Verdict::Allowed { left: state.remaining_burst_capacity() },
            Err(refusal) => Verdict::RetryAfter(refusal.wait_time_from(buckets.clock().now())),
        })
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
