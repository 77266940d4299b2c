//! Leaves a provider in trouble alone: after some calls in a row that it could not serve, one at a time
//! finds out whether it is back. Keys are not to blame, and jobs that wait burn no attempt.
//!
//! The rules are pure; time is an argument.

use std::time::Duration;

use domain::{
    failure::{CallFailure, ErrorClass},
    time::Timestamp,
};

/// The first rest. Each failed try doubles it.
const FIRST_REST: Duration = Duration::from_secs(5);

/// The longest rest.
const LONGEST_REST: Duration = Duration::from_mins(1);

/// How long a try may go on before another one is made beside it.
const TRY_TIME: Duration = Duration::from_secs(30);

/// How long whoever comes during a try waits before asking again.
const PAUSE: Duration = Duration::from_secs(1);

/// Whether a provider is left alone.
#[derive(Debug)]
pub(crate) struct Breaker {
    /// So many calls in a row open it.
    trip: u32,
    /// How many calls in a row went wrong.
    in_a_row: u32,
    open: Option<Open>,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    until: Timestamp,
    rest: Duration,
    /// Since when a call tries whether the provider is back.
    trying_since: Option<Timestamp>,
}

impl Breaker {
    /// One that opens after `trip` calls in a row.
    pub(crate) fn new(trip: u32) -> Self {
        Self { trip, in_a_row: 0, open: None }
    }

    /// Whether a call may be made at `at`; if not, after how long to ask again.
    pub(crate) fn ask(&mut self, at: Timestamp) -> Result<(), Duration> {
        let Some(open) = &mut self.open else { return Ok(()) };
        if at < open.until {
            return Err((open.until - at).to_std().unwrap_or(PAUSE));
        }
        if open.trying_since.is_some_and(|since| at < since + TRY_TIME) {
            return Err(PAUSE);
        }
        open.trying_since = Some(at);
        Ok(())
    }

    /// A call ended as `failure` says, or well.
    pub(crate) fn ended(&mut self, failure: Option<&CallFailure>, at: Timestamp) {
        let is_trouble = |failure: &CallFailure| {
            matches!(failure.class, ErrorClass::Overloaded | ErrorClass::Network)
        };
        if !failure.is_some_and(is_trouble) {
            // It answered, whatever it said.
            (self.in_a_row, self.open) = (0, None);
            return;
        }
        self.in_a_row = self.in_a_row.saturating_add(1);
        let rest = match self.open {
            // Calls that were under way when it opened say nothing new.
            Some(Open { trying_since: None, .. }) => return,
            Some(Open { rest, .. }) => (rest * 2).min(LONGEST_REST),
            None if self.in_a_row < self.trip => return,
            None => FIRST_REST,
        };
        self.open = Some(Open { until: at + rest, rest, trying_since: None });
    }

    /// A call was broken off before it told anything.
    pub(crate) fn broken_off(&mut self) {
        if let Some(open) = &mut self.open {
            open.trying_since = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use testkit::clock::epoch;

    use super::*;

    fn t(millis: i64) -> Timestamp {
        epoch() + chrono::TimeDelta::milliseconds(millis)
    }

    fn overloaded() -> CallFailure {
        CallFailure::new(ErrorClass::Overloaded, "m")
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::new(3);
        for _ in 0..3 {
            assert_eq!(breaker.ask(t(0)), Ok(()));
            breaker.ended(Some(&overloaded()), t(0));
        }
        breaker
    }

    #[test]
    fn calls_in_a_row_open_it_and_any_answer_closes_it() {
        let mut breaker = Breaker::new(3);
        for class in [ErrorClass::RateMinute, ErrorClass::BadRequest, ErrorClass::Truncated] {
            for _ in 0..2 {
                breaker.ended(Some(&overloaded()), t(0));
            }
            breaker.ended(Some(&CallFailure::new(class, "m")), t(0));
            assert_eq!(breaker.ask(t(0)), Ok(()), "{class}");
        }
        let mut breaker = opened();
        assert_eq!(breaker.ask(t(1000)), Err(Duration::from_secs(4)));
        breaker.ended(None, t(1000));
        assert_eq!(breaker.ask(t(1000)), Ok(()));
    }

    #[test]
    fn one_call_tries_and_the_rest_doubles_up_to_its_bound() {
        let mut breaker = opened();
        let (mut at, mut rest) = (5000, 5);
        for _ in 0..6 {
            assert_eq!(breaker.ask(t(at)), Ok(()));
            assert_eq!(breaker.ask(t(at)), Err(PAUSE), "one at a time");
            breaker.ended(Some(&overloaded()), t(at));
            breaker.ended(Some(&overloaded()), t(at));
            rest = (rest * 2).min(60);
            assert_eq!(breaker.ask(t(at)), Err(Duration::from_secs(rest)));
            at += i64::try_from(rest).unwrap() * 1000;
        }
        assert_eq!(rest, 60);
    }

    #[test]
    fn a_try_that_tells_nothing_is_made_again() {
        let mut breaker = opened();
        assert_eq!(breaker.ask(t(5000)), Ok(()));
        breaker.broken_off();
        assert_eq!(breaker.ask(t(5000)), Ok(()));
        assert_eq!(breaker.ask(t(34_999)), Err(PAUSE));
        assert_eq!(breaker.ask(t(35_000)), Ok(()), "the first one takes too long");
    }
}
