//! Buckets as governor keeps them, into which can be put back what was taken.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};

use governor::{
    RateLimiter,
    clock::Clock as _,
    middleware::StateInformationMiddleware,
    nanos::Nanos,
    state::{StateStore, keyed::ShrinkableKeyedStateStore},
};
use ports::{Clock, live::Quota};

use super::clock::PortClock;
use crate::lock::lock;

/// What is known of a bucket; nothing of one that is full.
pub(super) type Level = Option<Nanos>;

/// All buckets of one quota.
pub(super) struct Buckets {
    quota: Quota,
    levels: Levels,
    /// None if the quota limits nothing, since it refills in no time.
    limiter: Option<RateLimiter<String, Levels, PortClock, StateInformationMiddleware>>,
}

impl Buckets {
    /// Full ones, which fill up by `clock`.
    pub(super) fn of(quota: Quota, clock: &Arc<dyn Clock>) -> Self {
        let levels = Levels::default();
        let limiter = governor_quota(quota).map(|quota| {
            let clock = PortClock::new(Arc::clone(clock));
            RateLimiter::new(quota, levels.clone(), clock)
        });
        Self { quota, levels, limiter }
    }

    /// Counts one more event: how many more may come at once, and what the bucket was before. Else how long to wait.
    pub(super) fn check(&self, bucket: &str) -> Result<(u32, Level), Duration> {
        let Some(limiter) = &self.limiter else { return Ok((self.quota.times.get(), None)) };
        let before = lock(&self.levels.0).get(bucket).copied();
        let counted = limiter.check_key(&bucket.to_owned());
        let state = counted.map_err(|refusal| refusal.wait_time_from(limiter.clock().now()))?;
        Ok((state.remaining_burst_capacity(), before))
    }

    /// Makes a bucket what it was before it was counted in.
    pub(super) fn put_back(&mut self, bucket: &str, before: Level) {
        let mut levels = lock(&self.levels.0);
        match before {
            Some(before) => levels.insert(bucket.to_owned(), before),
            None => levels.remove(bucket),
        };
    }

    /// Forgets those that are full again.
    pub(super) fn forget_full(&mut self) {
        if let Some(limiter) = &self.limiter {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }

    /// How many are remembered.
    pub(super) fn len(&self) -> usize {
        self.levels.len()
    }
}

fn governor_quota(quota: Quota) -> Option<governor::Quota> {
    let each = quota.per / NonZeroU32::get(quota.times);
    governor::Quota::with_period(each).map(|refill| refill.allow_burst(quota.times))
}

/// What is known of each bucket. Clones are one.
#[derive(Clone, Default)]
struct Levels(Arc<Mutex<HashMap<String, Nanos>>>);

impl StateStore for Levels {
    type Key = String;

    fn measure_and_replace<T, F, E>(&self, bucket: &String, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut levels = lock(&self.0);
        let (answer, level) = measure(levels.get(bucket).copied())?;
        levels.insert(bucket.clone(), level);
        Ok(answer)
    }
}

impl ShrinkableKeyedStateStore<String> for Levels {
    fn retain_recent(&self, drop_below: Nanos) {
        lock(&self.0).retain(|_, level| *level > drop_below);
    }

    fn shrink_to_fit(&self) {
        lock(&self.0).shrink_to_fit();
    }

    fn len(&self) -> usize {
        lock(&self.0).len()
    }

    fn is_empty(&self) -> bool {
        lock(&self.0).is_empty()
    }
}
