//! Clocks that tests can turn.

use std::{sync::Mutex, time::Duration};

use chrono::{TimeZone, Utc};
use domain::time::{Timestamp, to_micros};
use ports::Clock;
use tokio::time::Instant;

/// The time at which every turned clock begins: 2026-01-01 00:00:00 UTC.
#[must_use]
pub fn epoch() -> Timestamp {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap()
}

/// Stands still until it is turned.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock that shows [`epoch`].
    #[must_use]
    pub fn new() -> Self {
        Self(Mutex::new(epoch()))
    }

    /// Turns it forward.
    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = to_micros(*now + by);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Goes with the runtime's timers: in a test with paused time it jumps with them.
#[derive(Debug)]
pub struct TokioClock(Instant);

impl TokioClock {
    /// A clock that shows [`epoch`] now. Needs a runtime.
    #[must_use]
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Default for TokioClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        to_micros(epoch() + self.0.elapsed())
    }
}
