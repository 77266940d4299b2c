//! A clock that is never set.

use domain::time::{Timestamp, to_micros};
use ports::Clock;
use tokio::time::Instant;

/// Shows the time of another clock at its start, and goes on by itself from there.
///
/// Leases, cooldowns and budgets measured with it hold when the machine's clock is set forward or
/// back. It counts the time of the runtime, so it stands still in tests that pause it.
#[derive(Debug, Clone, Copy)]
pub struct SteadyClock {
    began: Timestamp,
    since: Instant,
}

impl SteadyClock {
    /// A clock that shows what `clock` shows now.
    #[must_use]
    pub fn starting_with(clock: &dyn Clock) -> Self {
        Self { began: clock.now(), since: Instant::now() }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Timestamp {
        to_micros(self.began + self.since.elapsed())
    }
}
