//! When the pool has to be told again which keys there are.
//!
//! Where all workers have the same keys it is told when one begins, and when keys change. While they are being changed
//! from worker to worker the last word holds, and a pool that was lost is brought back by anybody, perhaps with keys
//! that are gone: whoever then finds none of its own has to speak up. Not at once, since a worker with old keys is
//! about to end and should not take the new ones from the others.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

/// How long the pool has had no key of this worker before it is told: below the first rung of the usual ladder, so that
/// a job that found none finds one the next time.
const MISSING_FOR: Duration = Duration::from_secs(30);

/// How often it is told at most.
const EVERY: Duration = Duration::from_mins(1);

/// When the pool has to be told again which keys there are.
#[derive(Debug, Default)]
pub(crate) struct Registering {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default, Clone, Copy)]
struct State {
    /// When the pool was told last.
    told: Option<Instant>,
    /// Since when it is known to have no key of this worker.
    missing_since: Option<Instant>,
}

impl State {
    /// When the pool has to be told.
    fn due(self) -> Option<Instant> {
        let due = self.missing_since? + MISSING_FOR;
        Some(self.told.map_or(due, |told| due.max(told + EVERY)))
    }
}

impl Registering {
    /// The pool was told.
    pub(crate) fn told(&self) {
        *self.lock() = State { told: Some(Instant::now()), missing_since: None };
    }

    /// The pool has a key of this worker.
    pub(crate) fn found(&self) {
        self.lock().missing_since = None;
    }

    /// The pool has none, or lends one that is not of this worker.
    pub(crate) fn missed(&self) {
        self.lock().missing_since.get_or_insert_with(Instant::now);
        self.changed.notify_one();
    }

    /// Waits until the pool has to be told. May be dropped and called again.
    pub(crate) async fn needed(&self) {
        loop {
            let due = self.lock().due();
            match due {
                Some(due) if due <= Instant::now() => return,
                Some(due) => sleep_until(due).await,
                None => self.changed.notified().await,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while holding it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pool_is_told_when_it_lacks_the_keys_for_long_and_not_too_often() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        for (told, missing_since, due) in [
            (None, None, None),
            (Some(0), None, None),
            (None, Some(5), Some(35)),
            (Some(0), Some(5), Some(60)),
            (Some(0), Some(30), Some(60)),
            (Some(0), Some(31), Some(61)),
            (Some(0), Some(500), Some(530)),
        ] {
            let state = State { told: told.map(at), missing_since: missing_since.map(at) };
            assert_eq!(state.due(), due.map(at), "{state:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_that_was_found_needs_no_telling() {
        let (registering, begun) = (Registering::default(), Instant::now());
        registering.missed();
        registering.found();
        let wait = tokio::time::timeout(Duration::from_hours(1), registering.needed());
        assert!(wait.await.is_err());
        registering.missed();
        registering.needed().await;
        assert_eq!(begun.elapsed().as_secs(), 3600 + MISSING_FOR.as_secs());
    }
}
