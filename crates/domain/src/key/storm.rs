//! Refusals that are not about one key: then the limit is that of an address or a project, or the provider
//! is in trouble. Nobody calls for a while, then one tries for all.

use std::time::Duration;

/// Throttles of different groups within this time belong together.
pub const STORM_WITHIN: Duration = Duration::from_secs(10);

/// So few groups may be throttled at once by chance.
const FEWEST: usize = 3;

/// Loans and overloads are counted in steps of this length, and the last few steps count.
pub const OVERLOAD_STEP: Duration = Duration::from_secs(5);

/// How many steps count, the one under way included.
pub const OVERLOAD_STEPS: u64 = 3;

/// So few overloads are no trouble.
const FEWEST_OVERLOADS: u64 = 5;

/// How long nobody calls, at first and at most.
const HOLDS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(8));

/// Whether `overloaded` of the `lent` calls of the last steps tell of a provider in trouble.
#[must_use]
pub const fn is_overload(overloaded: u64, lent: u64) -> bool {
    overloaded >= FEWEST_OVERLOADS && overloaded * 2 > lent
}

/// How long nobody calls after `failed` tries in a row.
#[must_use]
pub fn overload_hold(failed: u32) -> Duration {
    let (first, longest) = HOLDS;
    first.saturating_mul(2_u32.saturating_pow(failed)).min(longest)
}

/// Whether `throttled` of `all` groups, throttled together, tell of a limit they share.
#[must_use]
pub const fn is_storm(throttled: usize, all: usize) -> bool {
    throttled >= FEWEST && throttled * 2 > all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_overloads() {
        for (overloaded, lent, is) in
            [(4, 4, false), (5, 5, true), (5, 9, true), (5, 10, false), (50, 1000, false)]
        {
            assert_eq!(is_overload(overloaded, lent), is, "{overloaded} of {lent}");
        }
        let holds = [0, 1, 2, 3, 4, 40].map(|failed| overload_hold(failed).as_secs());
        assert_eq!(holds, [1, 2, 4, 8, 8, 8]);
    }

    #[test]
    fn the_table_of_storms() {
        for (throttled, all, is) in [
            (1, 1, false),
            (2, 2, false),
            (3, 3, true),
            (3, 5, true),
            (3, 6, false),
            (5, 10, false),
            (6, 10, true),
        ] {
            assert_eq!(is_storm(throttled, all), is, "{throttled} of {all}");
        }
    }
}
