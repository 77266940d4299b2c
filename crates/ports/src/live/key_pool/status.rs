//! How keys are.

use domain::{
    key::{Budget, KeyId},
    pool::WorkerStatus,
    time::Timestamp,
};

/// How a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Can be lent.
    Active,
    /// Made too many requests for some model; not before this time.
    CoolingUntil(Timestamp),
    /// Has used up its day, for some model, or its money; not before this time.
    ExhaustedUntil(Timestamp),
    /// The provider does not know it (any more).
    Revoked,
    /// An operator took it out, until a time or for good.
    Disabled(Option<Timestamp>),
    /// Taken out like that, while calls with it are still under way. The pool says so of keys whose calls
    /// are limited; it counts no others. [`KeyStatus::with_calls_of`] says it of all.
    Draining(Option<Timestamp>),
}

impl KeyState {
    /// The names of all states.
    pub const NAMES: [&str; 6] =
        ["active", "cooling", "exhausted", "revoked", "disabled", "draining"];

    /// How a key is that an operator took out `until` a time, with so many calls under way.
    #[must_use]
    pub const fn taken_out(until: Option<Timestamp>, under_way: u32) -> Self {
        if under_way == 0 { Self::Disabled(until) } else { Self::Draining(until) }
    }

    /// The name used in JSON and figures.
    #[must_use]
    pub const fn name(self) -> &'static str {
        let [active, cooling, exhausted, revoked, disabled, draining] = Self::NAMES;
        match self {
            Self::Active => active,
            Self::CoolingUntil(_) => cooling,
            Self::ExhaustedUntil(_) => exhausted,
            Self::Revoked => revoked,
            Self::Disabled(_) => disabled,
            Self::Draining(_) => draining,
        }
    }

    /// Until when it is so, if that is known.
    #[must_use]
    pub const fn until(self) -> Option<Timestamp> {
        match self {
            Self::CoolingUntil(until) | Self::ExhaustedUntil(until) => Some(until),
            Self::Disabled(until) | Self::Draining(until) => until,
            Self::Active | Self::Revoked => None,
        }
    }
}

/// Whether something can be used; the better, the less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Usable {
    /// It can.
    Now,
    /// Not before this time.
    From(Timestamp),
    /// It cannot, and no time is known from which on it can.
    Never,
}

/// A model for which a key rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelRest {
    /// Which.
    pub model: String,
    /// Until when; absent if it is not permitted, which no time changes.
    pub until: Option<Timestamp>,
}

/// What is used of a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spent {
    /// Of which.
    pub budget: Budget,
    /// How much, by all keys that share it.
    pub used: u64,
}

/// What the last look at a key has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// `well`, or the class of the failure.
    pub found: String,
    /// When.
    pub at: Timestamp,
}

impl Probe {
    /// What is found of a key that can be used.
    pub const WELL: &'static str = "well";
}

/// A key and how it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyStatus {
    /// Which key.
    pub key: KeyId,
    /// How it is. A rest for one model shows here too; `models` says which.
    pub state: KeyState,
    /// Its weight.
    pub weight: u16,
    /// Its group, if it is not alone.
    pub group: Option<String>,
    /// Requests made with it in the last 60 seconds.
    pub used_in_window: u32,
    /// How many it may make.
    pub requests_per_minute: Option<u32>,
    /// Calls under way. The pool knows them only of a key for which they are limited.
    pub under_way: u32,
    /// How many there may be.
    pub concurrency: Option<u32>,
    /// What is used of its other budgets.
    pub budgets: Vec<Spent>,
    /// The models for which alone it rests.
    pub models: Vec<ModelRest>,
    /// What the last look has found, if there was one.
    pub probe: Option<Probe>,
}

impl KeyStatus {
    /// A key of weight 1 that is in `state`, without limits, and of which nothing else is known.
    #[must_use]
    pub const fn plain(key: KeyId, state: KeyState) -> Self {
        Self {
            key,
            state,
            weight: 1,
            group: None,
            used_in_window: 0,
            requests_per_minute: None,
            under_way: 0,
            concurrency: None,
            budgets: Vec::new(),
            models: Vec::new(),
            probe: None,
        }
    }

    /// Whether a call of `model` can be made with it at `at`, as far as its rests tell: a budget that is used up is not
    /// seen, nor a rest of the key that ends before that for another model.
    #[must_use]
    pub fn usable_for(&self, model: &str, at: Timestamp) -> Usable {
        let of_a_model = |until| self.models.iter().any(|rest| rest.until == Some(until));
        let itself = match self.state {
            KeyState::Revoked | KeyState::Disabled(None) | KeyState::Draining(None) => {
                Usable::Never
            }
            KeyState::Disabled(Some(until)) | KeyState::Draining(Some(until)) => {
                Usable::From(until)
            }
            KeyState::CoolingUntil(until) | KeyState::ExhaustedUntil(until)
                if !of_a_model(until) =>
            {
                Usable::From(until)
            }
            _ => Usable::Now,
        };
        let for_model = match self.models.iter().find(|rest| rest.model == model) {
            Some(ModelRest { until: Some(until), .. }) => Usable::From(*until),
            Some(ModelRest { until: None, .. }) => Usable::Never,
            None => Usable::Now,
        };
        match itself.max(for_model) {
            Usable::From(until) if until <= at => Usable::Now,
            usable => usable,
        }
    }

    /// The same with the calls that `workers` have under way, as they say themselves.
    #[must_use]
    pub fn with_calls_of(self, workers: &[WorkerStatus]) -> Self {
        let told = workers.iter().filter_map(|worker| worker.calls.get(&self.key)).sum();
        let under_way = self.under_way.max(told);
        let state = match self.state {
            KeyState::Disabled(until) => KeyState::taken_out(until, under_way),
            other => other,
        };
        Self { state, under_way, ..self }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_rest_of_another_model_keeps_no_key_from_this_one() {
        use KeyState::{Active, CoolingUntil, Disabled, Draining, ExhaustedUntil, Revoked};
        use Usable::{From, Never, Now};
        let m = |until| ("m", until);
        for (state, rests, expected) in [
            (Active, vec![], Now),
            (CoolingUntil(at(60)), vec![], From(at(60))),
            (ExhaustedUntil(at(60)), vec![], From(at(60))),
            (CoolingUntil(at(10)), vec![], Now),
            (CoolingUntil(at(60)), vec![m(Some(at(60)))], From(at(60))),
            (CoolingUntil(at(60)), vec![("n", Some(at(60)))], Now),
            (CoolingUntil(at(60)), vec![("n", Some(at(60))), m(Some(at(30)))], From(at(30))),
            (CoolingUntil(at(60)), vec![("n", Some(at(30)))], From(at(60))),
            (CoolingUntil(at(60)), vec![m(Some(at(30)))], From(at(60))),
            (Disabled(Some(at(30))), vec![m(Some(at(60)))], From(at(60))),
            (Active, vec![m(None)], Never),
            (Active, vec![("n", None)], Now),
            (Revoked, vec![], Never),
            (Disabled(None), vec![], Never),
            (Draining(None), vec![], Never),
            (Disabled(Some(at(60))), vec![], From(at(60))),
            (Draining(Some(at(60))), vec![], From(at(60))),
            (Disabled(Some(at(60))), vec![m(None)], Never),
        ] {
            let rest = |(model, until): &(&str, _)| ModelRest {
                model: (*model).to_owned(),
                until: *until,
            };
            let models: Vec<_> = rests.iter().map(rest).collect();
            let key = KeyStatus { models, ..KeyStatus::plain(KeyId::new("k"), state) };
            assert_eq!(key.usable_for("m", at(10)), expected, "{key:?}");
        }
    }
}
