//! Points in time as every store can keep them.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// A point in time, UTC, to the microsecond.
pub type Timestamp = DateTime<Utc>;

/// Cuts `at` to microseconds, the finest step every store keeps.
///
/// Without this a value would compare unequal to itself after a round trip through PostgreSQL.
#[must_use]
pub fn to_micros(at: DateTime<Utc>) -> Timestamp {
    at.trunc_subsecs(6)
}

/// When something happened that follows what happened at `before`, by a clock that says `at`: it is never
/// earlier than what it follows, whatever the clocks of two machines say.
#[must_use]
pub fn after(before: Timestamp, at: Timestamp) -> Timestamp {
    at.max(before + TimeDelta::microseconds(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_is_later_by_any_clock() {
        let (before, micro) = (DateTime::UNIX_EPOCH, TimeDelta::microseconds(1));
        for (at, expected) in [
            (before - TimeDelta::seconds(2), before + micro),
            (before, before + micro),
            (before + micro, before + micro),
            (before + TimeDelta::seconds(2), before + TimeDelta::seconds(2)),
        ] {
            assert_eq!(after(before, at), expected);
        }
    }
}
