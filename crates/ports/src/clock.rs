//! The time of day, as an argument.

use std::time::SystemTime;

use domain::time::{Timestamp, to_micros};

/// Tells the time. Services read it once per decision and pass it on as `at`.
pub trait Clock: Send + Sync {
    /// Now, to the microsecond.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that may ask the machine")]
    fn now(&self) -> Timestamp {
        to_micros(SystemTime::now().into())
    }
}
