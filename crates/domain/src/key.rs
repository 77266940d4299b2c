//! Provider keys, as everybody but the worker that sends them sees them, and which one to lend.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A key's name: the provider and a digest of the secret, so that it can be shown and logged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

impl KeyId {
    /// The key called `name`.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a call told about the key it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing against it.
    Healthy,
    /// Do not lend it for this long. A longer one extends a running cooldown, a shorter one does not
    /// shorten it.
    CoolDown(Duration),
    /// Do not lend it again until somebody enables it.
    Revoked,
}

/// Why no key can be lent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoKeyReason {
    /// Every key has used up its requests of the minute.
    RateLimited,
    /// Every key is cooling down.
    CoolingDown,
    /// Every key is revoked, disabled or excluded, or there is none.
    NoneUsable,
}

impl NoKeyReason {
    /// The stable code shown to viewers.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::RateLimited => "rate_limited",
            Self::CoolingDown => "cooling_down",
            Self::NoneUsable => "no_usable_key",
        }
    }
}

/// What is known of one key when choosing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Revoked, disabled, or excluded by the caller.
    pub barred: bool,
    /// Not to be lent before.
    pub cooling_until: Option<Timestamp>,
    /// Its requests of the minute are used up until then.
    pub limited_until: Option<Timestamp>,
    /// When it was last lent.
    pub last_lent: Option<Timestamp>,
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

/// Chooses among `candidates` the one least recently lent, the first of equals.
#[must_use]
pub fn choose(candidates: &[Candidate], at: Timestamp) -> Choice {
    let usable = || candidates.iter().enumerate().filter(|(_, key)| !key.barred);
    let free = usable().filter(|(_, key)| key.free_from().is_none_or(|(from, _)| from <= at));
    if let Some((index, _)) = free.min_by_key(|(_, key)| key.last_lent) {
        return Choice::Lend(index);
    }
    let soonest = usable().filter_map(|(_, key)| key.free_from()).min_by_key(|(from, _)| *from);
    soonest.map_or(Choice::NoneUsable, |(from, why)| Choice::NoneUntil(from, why))
}

impl Candidate {
    /// From when the key may be lent, and what bars it until then.
    fn free_from(&self) -> Option<(Timestamp, NoKeyReason)> {
        let cooling = self.cooling_until.map(|until| (until, NoKeyReason::CoolingDown));
        let limited = self.limited_until.map(|until| (until, NoKeyReason::RateLimited));
        cooling.into_iter().chain(limited).max_by_key(|(until, _)| *until)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};

    use super::*;

    fn t(second: i64) -> Timestamp {
        Utc.timestamp_opt(second, 0).unwrap()
    }

    const FREE: Candidate =
        Candidate { barred: false, cooling_until: None, limited_until: None, last_lent: None };

    #[test]
    fn the_table_of_choices() {
        let barred = Candidate { barred: true, ..FREE };
        let cooling = Candidate { cooling_until: Some(t(20)), ..FREE };
        let limited = Candidate { limited_until: Some(t(15)), ..FREE };
        let both = Candidate { cooling_until: Some(t(20)), limited_until: Some(t(30)), ..FREE };
        let lent = |second| Candidate { last_lent: Some(t(second)), ..FREE };
        let now = t(10);
        let cases: [(&[Candidate], Choice); 9] = [
            (&[], Choice::NoneUsable),
            (&[barred], Choice::NoneUsable),
            (&[barred, FREE], Choice::Lend(1)),
            (&[lent(5), lent(3), lent(4)], Choice::Lend(1)),
            (&[lent(5), FREE], Choice::Lend(1)),
            (&[cooling, lent(9)], Choice::Lend(1)),
            (&[cooling, limited], Choice::NoneUntil(t(15), NoKeyReason::RateLimited)),
            (&[both], Choice::NoneUntil(t(30), NoKeyReason::RateLimited)),
            (&[Candidate { cooling_until: Some(t(10)), ..FREE }], Choice::Lend(0)),
        ];
        for (candidates, expected) in cases {
            assert_eq!(choose(candidates, now), expected, "{candidates:?}");
        }
    }
}
