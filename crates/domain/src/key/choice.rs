//! Which key to lend.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// How far a loan moves a key of weight 1 back in the order; one of weight 2 half as far, so that it
/// comes twice as often. Divisible by every weight up to 16, and by most up to 100.
pub const STRIDE: u64 = 720_720;

/// Why no key can be lent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoKeyReason {
    /// Every key has used up what it may use.
    RateLimited,
    /// Every key is cooling down.
    CoolingDown,
    /// Every key has as many calls under way as it may have.
    Busy,
}

impl NoKeyReason {
    /// The stable code shown to viewers.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::RateLimited => "rate_limited",
            Self::CoolingDown => "cooling_down",
            Self::Busy => "keys_busy",
        }
    }
}

/// What is known of one key when choosing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Revoked, disabled, not permitted, or excluded by the caller.
    pub barred: bool,
    /// What keeps it from being lent, and until when; the longest of all such.
    pub held: Option<(Timestamp, NoKeyReason)>,
    /// Its place in the order: the key with the lowest one comes next. Each loan moves it back by
    /// [`STRIDE`] through its weight.
    pub place: u64,
}

/// Which key to lend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The one at this position.
    Lend(usize),
    /// None before this time.
    NoneUntil(Timestamp, NoKeyReason),
    /// None, and no time will change it.
    NoneUsable,
}

/// Chooses among `candidates` the one whose turn it is, the first of equals.
#[must_use]
pub fn choose(candidates: &[Candidate], at: Timestamp) -> Choice {
    let usable = || candidates.iter().enumerate().filter(|(_, key)| !key.barred);
    let free = usable().filter(|(_, key)| key.held.is_none_or(|(until, _)| until <= at));
    if let Some((index, _)) = free.min_by_key(|(_, key)| key.place) {
        return Choice::Lend(index);
    }
    let soonest = usable().filter_map(|(_, key)| key.held).min_by_key(|(until, _)| *until);
    soonest.map_or(Choice::NoneUsable, |(until, why)| Choice::NoneUntil(until, why))
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    fn t(second: i64) -> Timestamp {
        Utc.timestamp_opt(second, 0).unwrap()
    }

    const FREE: Candidate = Candidate { barred: false, held: None, place: 0 };

    #[test]
    fn the_table_of_choices() {
        let barred = Candidate { barred: true, ..FREE };
        let cooling = Candidate { held: Some((t(20), NoKeyReason::CoolingDown)), ..FREE };
        let limited = Candidate { held: Some((t(15), NoKeyReason::RateLimited)), ..FREE };
        let at = |place| Candidate { place, ..FREE };
        let now = t(10);
        let cases: [(&[Candidate], Choice); 9] = [
            (&[], Choice::NoneUsable),
            (&[barred], Choice::NoneUsable),
            (&[barred, FREE], Choice::Lend(1)),
            (&[at(5), at(3), at(4)], Choice::Lend(1)),
            (&[at(3), at(3)], Choice::Lend(0)),
            (&[cooling, at(9)], Choice::Lend(1)),
            (&[cooling, limited], Choice::NoneUntil(t(15), NoKeyReason::RateLimited)),
            (&[cooling, barred], Choice::NoneUntil(t(20), NoKeyReason::CoolingDown)),
            (&[Candidate { held: Some((t(10), NoKeyReason::Busy)), ..FREE }], Choice::Lend(0)),
        ];
        for (candidates, expected) in cases {
            assert_eq!(choose(candidates, now), expected, "{candidates:?}");
        }
    }
}
