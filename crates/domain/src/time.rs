//! Points in time as every store can keep them.

use chrono::{DateTime, SubsecRound, Utc};

/// A point in time, UTC, to the microsecond.
pub type Timestamp = DateTime<Utc>;

/// Cuts `at` to microseconds, the finest step every store keeps.
///
/// Without this a value would compare unequal to itself after a round trip through PostgreSQL.
#[must_use]
pub fn to_micros(at: DateTime<Utc>) -> Timestamp {
    at.trunc_subsecs(6)
}
