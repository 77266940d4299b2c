//! Requests of the last minute, counted one by one.

use std::{collections::VecDeque, time::Duration};

use domain::time::Timestamp;

/// The length of the window for which a budget is given.
const WINDOW: Duration = Duration::from_mins(1);

/// How much longer a request counts here than there. The provider counts a request when it arrives:
/// one that took this long to arrive is still in its window when the next one, faster, comes in.
pub(super) const TRAVEL: Duration = Duration::from_secs(1);

/// The times of the requests that still count, oldest first.
#[derive(Debug, Default)]
pub(super) struct Window {
    stamps: VecDeque<Timestamp>,
}

impl Window {
    /// Counts a request at `now`.
    pub(super) fn count(&mut self, now: Timestamp) {
        self.forget(now);
        self.stamps.push_back(now);
    }

    /// Counts a request anew at `now` that was counted `before`, and may have been forgotten.
    pub(super) fn count_again(&mut self, before: Timestamp, now: Timestamp) {
        if let Ok(index) = self.stamps.binary_search(&before) {
            self.stamps.remove(index);
        }
        self.count(now);
    }

    /// From when one more request keeps within `budget`, if not now; the end of time for a budget of
    /// nothing.
    pub(super) fn limited_until(&mut self, budget: u32, now: Timestamp) -> Option<Timestamp> {
        self.forget(now);
        let budget = usize::try_from(budget).unwrap_or(usize::MAX);
        // Waiting until this one no longer counts leaves `budget - 1`.
        let in_the_way = self.stamps.len().checked_sub(budget)?;
        Some(
            self.stamps
                .get(in_the_way)
                .map_or(Timestamp::MAX_UTC, |stamp| *stamp + WINDOW + TRAVEL),
        )
    }

    /// How many requests were made in the last 60 seconds.
    pub(super) fn used(&self, now: Timestamp) -> u32 {
        let recent = self.stamps.iter().rev().take_while(|stamp| **stamp + WINDOW > now).count();
        u32::try_from(recent).unwrap_or(u32::MAX)
    }

    fn forget(&mut self, now: Timestamp) {
        while self.stamps.front().is_some_and(|stamp| *stamp + WINDOW + TRAVEL <= now) {
            self.stamps.pop_front();
        }
    }
}
