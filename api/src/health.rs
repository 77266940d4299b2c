//! Whether this process gets its work done.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::Instant;

/// How long a publish that failed tells of the queue. The row may be published by another process, and
/// this one have nothing to try again; as long as it has, it tries more often than that.
const TELLS: Duration = Duration::from_secs(30);

/// What the chores last saw of the queue.
#[derive(Debug, Default)]
pub(crate) struct Health {
    consuming: AtomicBool,
    /// When the last publish failed, if it did.
    failed: Mutex<Option<Instant>>,
    full: AtomicBool,
}

impl Health {
    /// The settler is, or is not, subscribed.
    pub(crate) fn set_consuming(&self, is: bool) {
        self.consuming.store(is, Relaxed);
    }

    /// The last publish did, or did not, succeed, at `at`.
    pub(crate) fn set_publishing(&self, is: bool, at: Instant) {
        *self.failed() = (!is).then_some(at);
    }

    /// Whether, as far as is known at `at`, publishes succeed.
    pub(crate) fn publishes(&self, at: Instant) -> bool {
        self.failed().is_none_or(|failed| at.duration_since(failed) >= TELLS)
    }

    /// As much waits to be published as may, or less.
    pub(crate) fn set_full(&self, is: bool) {
        if self.full.swap(is, Relaxed) != is {
            tracing::warn!(
                is_full = is,
                "what waits to be published: questions are refused as long as it is too much"
            );
        }
    }

    /// Whether as much waits to be published as may.
    pub(crate) fn is_full(&self) -> bool {
        self.full.load(Relaxed)
    }

    /// Whether the queue answers.
    pub(crate) fn queue_answers(&self, at: Instant) -> bool {
        self.consuming.load(Relaxed) && self.publishes(at)
    }

    fn failed(&self) -> MutexGuard<'_, Option<Instant>> {
        // Nothing panics while holding it.
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publish_that_failed_is_told_of_until_one_succeeds_or_nothing_is_heard_of_it() {
        let health = Health::default();
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        assert!(health.publishes(at(0)), "none was tried");
        assert!(!health.queue_answers(at(0)), "and nothing is received");
        health.set_consuming(true);
        health.set_publishing(false, at(0));
        assert!(!health.queue_answers(at(0)));
        health.set_publishing(false, at(20));
        assert!(!health.queue_answers(at(49)), "it was tried again");
        assert!(health.queue_answers(at(50)), "somebody else published it");
        health.set_publishing(false, at(60));
        health.set_publishing(true, at(61));
        assert!(health.queue_answers(at(61)));
    }
}
