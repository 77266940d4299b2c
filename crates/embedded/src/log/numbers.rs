//! Numbers that are never given twice, not even by the next process.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::{event::beyond_all, time::Timestamp};

/// Gives growing numbers, none of them below [`beyond_all`].
///
/// The clock may stand still or be set back: within one process the numbers grow all the same.
#[derive(Debug, Default)]
pub(super) struct Numbers(AtomicU64);

impl Numbers {
    /// The next number at `now`.
    pub(super) fn next(&self, now: Timestamp) -> u64 {
        let at_least = beyond_all(now);
        let beyond = |last: u64| at_least.max(last + 1);
        let last =
            self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(beyond(last)));
        last.map_or_else(beyond, beyond)
    }

    /// Gives no number up to `seen` any more.
    pub(super) fn pass(&self, seen: u64) {
        self.0.fetch_max(seen, Ordering::Relaxed);
    }
}
