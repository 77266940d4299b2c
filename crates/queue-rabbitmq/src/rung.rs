//! Which rung of the ladder a delay waits on.

use std::time::Duration;

use chrono::TimeDelta;
use domain::time::Timestamp;

/// How a message waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wait {
    /// For how long now.
    pub(crate) rung: Duration,
    /// Until when in all, if one rung is not enough: then it waits again.
    pub(crate) not_before: Option<Timestamp>,
}

/// The shortest of `rungs` that `delay` fits in, or the longest, to be followed by another.
///
/// `None` if there is nothing to wait for.
pub(crate) fn wait(rungs: &[Duration], delay: Duration, at: Timestamp) -> Option<Wait> {
    if delay.is_zero() {
        return None;
    }
    let fits = rungs.iter().copied().find(|rung| *rung >= delay);
    let wait = match fits {
        Some(rung) => Wait { rung, not_before: None },
        None => Wait { rung: *rungs.last()?, not_before: Some(until(at, delay)) },
    };
    Some(wait)
}

fn until(at: Timestamp, delay: Duration) -> Timestamp {
    let delay = TimeDelta::from_std(delay).unwrap_or(TimeDelta::MAX);
    at.checked_add_signed(delay).unwrap_or(Timestamp::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_waits_on_the_rung_above() {
        let at = Timestamp::UNIX_EPOCH;
        let seconds = Duration::from_secs;
        let rungs = [seconds(60), seconds(600)];
        let rung = |rung| Some(Wait { rung: seconds(rung), not_before: None });
        for (delay, expected) in [(0, None), (1, rung(60)), (60, rung(60)), (61, rung(600))] {
            assert_eq!(wait(&rungs, seconds(delay), at), expected, "{delay}");
        }
        let long = wait(&rungs, seconds(700), at).unwrap();
        assert_eq!(long.rung, seconds(600));
        assert_eq!(long.not_before, Some(at + TimeDelta::seconds(700)));
        let endless = wait(&rungs, Duration::MAX, at).unwrap();
        assert_eq!(endless.not_before, Some(Timestamp::MAX_UTC));
    }
}
