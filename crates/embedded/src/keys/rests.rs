//! Groups of keys that rest.

use std::{collections::HashMap, time::Duration};

use domain::{
    key::{NoKeyReason, RestCause},
    time::Timestamp,
};
use ports::live::KeyState;

/// No provider means a longer rest than a year; longer ones would only overflow.
const LONGEST: Duration = Duration::from_hours(366 * 24);

/// One rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rest {
    pub(super) until: Timestamp,
    cause: RestCause,
}

impl Rest {
    /// What it is called.
    pub(super) fn state(self) -> KeyState {
        match self.cause {
            RestCause::Throttled => KeyState::CoolingUntil(self.until),
            RestCause::DayUsed | RestCause::MoneyOut => KeyState::ExhaustedUntil(self.until),
        }
    }

    pub(super) fn held(self) -> (Timestamp, NoKeyReason) {
        (self.until, NoKeyReason::CoolingDown)
    }
}

/// The rests of one group: for all models, and for single ones.
#[derive(Debug, Default)]
struct OfGroup {
    whole: Option<Rest>,
    models: HashMap<String, Rest>,
}

/// The rests of all groups.
#[derive(Debug, Default)]
pub(super) struct Rests(HashMap<String, OfGroup>);

impl Rests {
    /// Lets `group` rest, for `model` if the cause is of it. A shorter rest changes nothing.
    pub(super) fn begin(
        &mut self,
        group: &str,
        model: &str,
        (cause, length): (RestCause, Duration),
        now: Timestamp,
    ) {
        let rest = Rest { until: now + length.min(LONGEST), cause };
        let of_group = self.0.entry(group.to_owned()).or_default();
        if cause.is_of_model() {
            of_group.models.retain(|_, rest| rest.until > now);
            let running = of_group.models.entry(model.to_owned()).or_insert(rest);
            *running = longer(*running, rest);
        } else {
            of_group.whole = Some(of_group.whole.map_or(rest, |running| longer(running, rest)));
        }
    }

    /// Ends all rests of `group`.
    pub(super) fn end(&mut self, group: &str) {
        self.0.remove(group);
    }

    /// The longest rest of `group` that concerns `model`.
    pub(super) fn of(&self, group: &str, model: &str, now: Timestamp) -> Option<Rest> {
        let of_group = self.0.get(group)?;
        let rests = of_group.whole.iter().chain(of_group.models.get(model));
        rests.copied().filter(|rest| rest.until > now).max_by_key(|rest| rest.until)
    }

    /// The longest rest of `group`, whatever it concerns.
    pub(super) fn longest(&self, group: &str, now: Timestamp) -> Option<Rest> {
        let of_group = self.0.get(group)?;
        let rests = of_group.whole.iter().chain(of_group.models.values());
        rests.copied().filter(|rest| rest.until > now).max_by_key(|rest| rest.until)
    }

    /// The models for which alone `group` rests, and until when.
    pub(super) fn models(&self, group: &str, now: Timestamp) -> Vec<(String, Timestamp)> {
        let models = self.0.get(group).into_iter().flat_map(|of_group| &of_group.models);
        let running = models.filter(|(_, rest)| rest.until > now);
        running.map(|(model, rest)| (model.clone(), rest.until)).collect()
    }
}

fn longer(one: Rest, other: Rest) -> Rest {
    if other.until > one.until { other } else { one }
}
