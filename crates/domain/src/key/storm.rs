//! Throttles that hit many keys at once: then the limit is not theirs but that of an address or a project.

use std::time::Duration;

/// Throttles of different groups within this time belong together.
pub const STORM_WITHIN: Duration = Duration::from_secs(10);

/// So few groups may be throttled at once by chance.
const FEWEST: usize = 3;

/// Whether `throttled` of `all` groups, throttled together, tell of a limit they share.
#[must_use]
pub const fn is_storm(throttled: usize, all: usize) -> bool {
    throttled >= FEWEST && throttled * 2 > all
}

#[cfg(test)]
mod tests {
    use super::*;

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
