//! The escalating retry ladder.

use std::time::Duration;

/// The waits between slow retries, shortest first, and how many of them one generation may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryLadder {
    rungs: Vec<Duration>,
    max_retries: u32,
}

/// What the ladder says of the next retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextRung {
    /// Try again after this wait.
    After(Duration),
    /// All retries are used.
    Exhausted,
}

/// The rungs are unusable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLadder {
    /// There must be at least one.
    #[error("needs at least one delay in seconds, for example 60,600,3600,86400")]
    Empty,
    /// They must grow.
    #[error("delays must be positive and grow from left to right")]
    NotAscending,
}

impl RetryLadder {
    /// A ladder of `rungs`, of which at most `max_retries` retries are taken.
    ///
    /// A generation that has climbed to the top stays on the last rung.
    pub fn new(rungs: Vec<Duration>, max_retries: u32) -> Result<Self, InvalidLadder> {
        if rungs.is_empty() {
            return Err(InvalidLadder::Empty);
        }
        if rungs[0].is_zero() || !rungs.is_sorted_by(|a, b| a < b) {
            return Err(InvalidLadder::NotAscending);
        }
        Ok(Self { rungs, max_retries })
    }

    /// The waits, shortest first.
    #[must_use]
    pub fn rungs(&self) -> &[Duration] {
        &self.rungs
    }

    /// How many retries one generation may use.
    #[must_use]
    pub const fn max_retries(&self) -> u32 {
        self.max_retries
    }

    /// The wait before retry number `retries + 1`: the rung of that number, or the smallest rung
    /// not shorter than the provider's own `hint`, whichever is longer.
    #[must_use]
    pub fn next(&self, retries: u32, hint: Option<Duration>) -> NextRung {
        if retries >= self.max_retries {
            return NextRung::Exhausted;
        }
        let own = self.rungs[(retries as usize).min(self.rungs.len() - 1)];
        NextRung::After(own.max(self.at_least(hint.unwrap_or_default())))
    }

    /// The smallest rung not shorter than `wait`; the longest one when none is.
    #[must_use]
    pub fn at_least(&self, wait: Duration) -> Duration {
        let last = self.rungs[self.rungs.len() - 1];
        self.rungs.iter().copied().find(|rung| *rung >= wait).unwrap_or(last)
    }
}

impl Default for RetryLadder {
    /// One minute, ten minutes, one hour, one day.
    fn default() -> Self {
        let rungs = [60, 600, 3600, 86400].map(Duration::from_secs).to_vec();
        Self { rungs, max_retries: 4 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn each_retry_waits_longer_until_none_is_left() {
        let ladder = RetryLadder::default();
        let waits: Vec<_> = (0..6).map(|retries| ladder.next(retries, None)).collect();
        assert_eq!(
            waits,
            [
                NextRung::After(secs(60)),
                NextRung::After(secs(600)),
                NextRung::After(secs(3600)),
                NextRung::After(secs(86400)),
                NextRung::Exhausted,
                NextRung::Exhausted,
            ]
        );
    }

    #[test]
    fn a_hint_lengthens_the_wait_to_a_rung_and_never_shortens_it() {
        let ladder = RetryLadder::default();
        for (retries, hint, expected) in
            [(0, 1, 60), (0, 60, 60), (0, 61, 600), (2, 5, 3600), (0, 999_999, 86400)]
        {
            assert_eq!(
                ladder.next(retries, Some(secs(hint))),
                NextRung::After(secs(expected)),
                "retry {retries}, hint {hint}"
            );
        }
    }

    #[test]
    fn more_retries_than_rungs_stay_on_the_last_rung() {
        let ladder = RetryLadder::new(vec![secs(1), secs(2)], 3).unwrap();
        assert_eq!(ladder.next(2, None), NextRung::After(secs(2)));
    }

    #[test]
    fn rungs_must_be_there_and_grow() {
        assert_eq!(RetryLadder::new(vec![], 1), Err(InvalidLadder::Empty));
        for rungs in [vec![secs(0)], vec![secs(2), secs(1)], vec![secs(1), secs(1)]] {
            assert_eq!(RetryLadder::new(rungs, 1), Err(InvalidLadder::NotAscending));
        }
    }
}
