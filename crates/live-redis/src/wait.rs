//! Durations as Redis counts them.

use std::time::Duration;

/// Longer than anything here lives; more would only overflow.
const LONGEST: Duration = Duration::from_hours(10 * 366 * 24);

/// How many milliseconds `time` has, as commands count it.
pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.min(LONGEST).as_millis()).unwrap_or(u64::MAX)
}

/// How many microseconds `time` has, as scripts count it.
pub(crate) fn micros(time: Duration) -> u64 {
    u64::try_from(time.min(LONGEST).as_micros()).unwrap_or(u64::MAX)
}
