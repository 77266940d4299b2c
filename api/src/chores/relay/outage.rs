//! Whether publishing works, as the log is told: when it stops, and when it works again; not of each row.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Where publishes fail and succeed by turns, that is told so often.
const TOLD_EVERY: Duration = Duration::from_mins(1);

/// What was seen and told last.
#[derive(Default)]
pub(super) struct Outage(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    is_down: bool,
    is_told: bool,
    told: Option<Instant>,
}

impl Outage {
    /// A publish did, or did not, succeed, at `at`. Whether that is to be told.
    pub(super) fn note(&self, succeeded: bool, at: Instant) -> bool {
        // A panic leaves it whole.
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.is_down != succeeded {
            return false;
        }
        seen.is_down = !succeeded;
        if succeeded {
            return std::mem::take(&mut seen.is_told);
        }
        seen.is_told = seen.told.is_none_or(|told| at.duration_since(told) >= TOLD_EVERY);
        if seen.is_told {
            seen.told = Some(at);
        }
        seen.is_told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_of_when_it_begins_and_ends_and_not_too_often() {
        let (outage, began) = (Outage::default(), Instant::now());
        for (seconds, succeeded, expected) in [
            (0, true, false),
            (1, false, true),
            (1, false, false),
            (90, false, false),
            (91, true, true),
            (91, true, false),
            (92, false, true),
            (93, true, true),
            (94, false, false),
            (95, true, false),
            (151, false, false),
            (151, true, false),
            (152, false, true),
        ] {
            let at = began + Duration::from_secs(seconds);
            assert_eq!(outage.note(succeeded, at), expected, "after {seconds} s: {succeeded}");
        }
    }
}
