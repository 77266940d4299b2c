//! When a provider that is overloaded is left alone, and when one call tries it again. Pure.

use std::time::Duration;

use crate::time::Timestamp;

/// Calls that ended in so long are judged together.
const WINDOW: Duration = Duration::from_secs(10);

/// So few overloads are no trouble.
const FEWEST: u32 = 5;

/// How long nobody calls, at first and at most. Each trial that fails doubles it.
const HOLDS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(15));

/// How soon to ask again while one call tries.
const WHILE_TRYING: Duration = Duration::from_millis(200);

/// How a call went, as far as its provider's strength is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallEnd {
    /// The provider said that it is overloaded.
    Overloaded,
    /// It answered.
    Well,
    /// Something else, which says nothing of this.
    Neither,
}

/// Whether a provider may be called for a model: closed when all is well, open when nobody calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaker {
    /// Everybody calls.
    Closed {
        /// The calls counted ended since then.
        since: Timestamp,
        /// How many were overloaded.
        overloaded: u32,
        /// How many were not.
        other: u32,
    },
    /// Nobody calls until then; then one does.
    Open {
        /// Until when.
        until: Timestamp,
        /// How many trials failed since it was closed.
        failed: u32,
    },
    /// One call tries whether the provider is well again.
    Trying {
        /// How many trials failed before.
        failed: u32,
    },
}

impl Breaker {
    /// Closed, with nothing counted.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self::Closed { since: now, overloaded: 0, other: 0 }
    }

    /// How long nobody may call; none when one may.
    #[must_use]
    pub fn hold(&self, now: Timestamp) -> Option<Duration> {
        match self {
            Self::Closed { .. } => None,
            Self::Open { until, .. } => (*until - now).to_std().ok().filter(|left| !left.is_zero()),
            Self::Trying { .. } => Some(WHILE_TRYING),
        }
    }

    /// Whether nothing is remembered that could still matter. What was overloaded and was then called by nobody for a
    /// while, although one might, is as unknown as what nobody ever called.
    #[must_use]
    pub fn is_idle(&self, now: Timestamp) -> bool {
        match self {
            Self::Closed { since: last, .. } | Self::Open { until: last, .. } => {
                *last + WINDOW <= now
            }
            Self::Trying { .. } => false,
        }
    }

    /// A call begins. Answers what it is then, and whether it is a trial.
    #[must_use]
    pub fn begin(self) -> (Self, bool) {
        match self {
            Self::Open { failed, .. } => (Self::Trying { failed }, true),
            Self::Trying { .. } => (self, true),
            Self::Closed { .. } => (self, false),
        }
    }

    /// A call ended that was a trial or not. Only a trial tells whether an open breaker may close: other
    /// calls began before there was trouble.
    #[must_use]
    pub fn ended(self, was_trial: bool, end: CallEnd, now: Timestamp) -> Self {
        match (self, end) {
            (Self::Closed { since, overloaded, other }, end) => {
                count(since, (overloaded, other), end, now)
            }
            (Self::Trying { failed } | Self::Open { failed, .. }, CallEnd::Overloaded)
                if was_trial =>
            {
                let failed = failed.saturating_add(1);
                Self::Open { until: now + hold(failed), failed }
            }
            (_, CallEnd::Well) if was_trial => Self::new(now),
            (Self::Trying { failed }, CallEnd::Neither) if was_trial => {
                Self::Open { until: now, failed }
            }
            _ => self,
        }
    }
}

fn count(since: Timestamp, counts: (u32, u32), end: CallEnd, now: Timestamp) -> Breaker {
    let is_over = since + WINDOW <= now;
    let (since, (mut overloaded, mut other)) =
        if is_over { (now, (0, 0)) } else { (since, counts) };
    match end {
        CallEnd::Overloaded => overloaded += 1,
        CallEnd::Well => other += 1,
        CallEnd::Neither => {}
    }
    if overloaded >= FEWEST && overloaded > other {
        return Breaker::Open { until: now + hold(0), failed: 0 };
    }
    Breaker::Closed { since, overloaded, other }
}

fn hold(failed: u32) -> Duration {
    let (first, longest) = HOLDS;
    first.saturating_mul(2_u32.saturating_pow(failed)).min(longest)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::{CallEnd::*, *};

    fn t(millis: i64) -> Timestamp {
        DateTime::from_timestamp_millis(millis).unwrap()
    }

    fn after(ends: &[CallEnd], every: i64) -> Breaker {
        let times = (0..).map(|step| t(step * every));
        ends.iter().zip(times).fold(Breaker::new(t(0)), |breaker, (end, now)| {
            let (breaker, trial) = breaker.begin();
            breaker.ended(trial, *end, now)
        })
    }

    #[test]
    fn opens_when_most_calls_of_a_while_are_overloaded() {
        for (ends, every, opens) in [
            ([Overloaded; 4].as_slice(), 0, false),
            (&[Overloaded; 5], 0, true),
            (&[Overloaded; 5], 2_000, true),
            (&[Overloaded; 5], 3_000, false),
            (
                &[
                    Well, Well, Well, Well, Well, Overloaded, Overloaded, Overloaded, Overloaded,
                    Overloaded,
                ],
                0,
                false,
            ),
            (
                &[
                    Neither, Neither, Neither, Neither, Neither, Overloaded, Overloaded,
                    Overloaded, Overloaded, Overloaded,
                ],
                0,
                true,
            ),
        ] {
            let breaker = after(ends, every);
            let is_open = matches!(breaker, Breaker::Open { .. });
            assert_eq!(is_open, opens, "{ends:?} every {every} ms: {breaker:?}");
        }
    }

    #[test]
    fn what_nobody_calls_is_forgotten() {
        let open = after(&[Overloaded; 5], 0);
        let (trying, _) = open.begin();
        for (breaker, second, is_idle) in [
            (Breaker::new(t(0)), 9, false),
            (Breaker::new(t(0)), 10, true),
            (open, 10, false),
            (open, 11, true),
            (trying, 1_000, false),
        ] {
            assert_eq!(breaker.is_idle(t(second * 1000)), is_idle, "{breaker:?} at {second}");
        }
    }

    #[test]
    fn one_trial_closes_it_or_doubles_the_hold() {
        let open = after(&[Overloaded; 5], 0);
        assert!(open.hold(t(999)).is_some() && open.hold(t(1_000)).is_none());
        assert_eq!(open.ended(false, Well, t(500)), open, "it began before");
        assert_eq!(open.ended(false, Overloaded, t(500)), open);
        let (trying, is_trial) = open.begin();
        assert!(is_trial && trying.hold(t(1_000)) == Some(WHILE_TRYING));
        assert_eq!(trying.ended(true, Well, t(2_000)), Breaker::new(t(2_000)));
        let canceled = trying.ended(true, Neither, t(2_000));
        assert!(canceled.hold(t(2_000)).is_none(), "the next one tries");
        let holds = (1..7).map(|_| ()).scan(trying, |breaker, ()| {
            let Breaker::Open { until, .. } = breaker.ended(true, Overloaded, t(0)) else {
                unreachable!("a failed trial opens")
            };
            *breaker = breaker.ended(true, Overloaded, t(0)).begin().0;
            Some(until.timestamp())
        });
        assert_eq!(holds.collect::<Vec<_>>(), [2, 4, 8, 15, 15, 15]);
    }
}
