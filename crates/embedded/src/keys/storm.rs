//! Models that are throttled for most keys at once.

use std::{collections::HashMap, time::Duration};

use domain::{
    key::{NoKeyReason, STORM_WITHIN, is_storm},
    time::Timestamp,
};

/// How soon to ask again while another call tries.
pub(super) const SOON: Duration = Duration::from_millis(200);

/// One model, and whether its throttles are a storm.
#[derive(Debug, Default)]
struct Weather {
    /// When each group was throttled last.
    throttled: HashMap<String, Timestamp>,
    /// There is a storm until then, and after that until a call begins to answer.
    storm: Option<Timestamp>,
    /// The call that tries, and until when it may take to begin to answer.
    trial: Option<(u64, Timestamp)>,
}

impl Weather {
    /// Whether it still says anything.
    fn is_remembered(&self, now: Timestamp) -> bool {
        self.storm.is_some() || self.throttled.values().any(|at| *at + STORM_WITHIN > now)
    }
}

/// The weather of all models.
#[derive(Debug, Default)]
pub(super) struct Storms(HashMap<String, Weather>);

impl Storms {
    /// What keeps every key from being lent for `model`, and until when.
    pub(super) fn held(&self, model: &str, now: Timestamp) -> Option<(Timestamp, NoKeyReason)> {
        let weather = self.0.get(model)?;
        let storm = weather.storm?;
        let trying = weather.trial.is_some_and(|(_, until)| until > now);
        let until = if storm > now {
            storm
        } else if trying {
            now + SOON
        } else {
            return None;
        };
        Some((until, NoKeyReason::CoolingDown))
    }

    /// `ticket` was lent for `model`; answers whether it tries for all.
    pub(super) fn lent(&mut self, model: &str, ticket: u64, until: Timestamp) -> bool {
        let Some(weather) = self.0.get_mut(model).filter(|weather| weather.storm.is_some()) else {
            return false;
        };
        weather.trial = Some((ticket, until));
        true
    }

    /// `group`, one of `groups`, was throttled for `model`.
    pub(super) fn throttled(
        &mut self,
        model: &str,
        ticket: u64,
        (group, groups): (&str, usize),
        length: Duration,
        now: Timestamp,
    ) {
        // Callers name models: those without a storm are not remembered.
        self.0.retain(|_, weather| weather.is_remembered(now));
        let weather = self.0.entry(model.to_owned()).or_default();
        weather.throttled.retain(|_, at| *at + STORM_WITHIN > now);
        weather.throttled.insert(group.to_owned(), now);
        let tried = weather.trial.is_some_and(|(trial, _)| trial == ticket);
        if tried || is_storm(weather.throttled.len(), groups) {
            weather.storm = weather.storm.max(Some(now + length));
            weather.trial = None;
        }
    }

    /// A call for `model` began to answer or ended, well or with another failure than a throttle.
    pub(super) fn ended(&mut self, model: &str, ticket: u64, well: bool) {
        let Some(weather) = self.0.get_mut(model) else { return };
        if weather.trial.is_some_and(|(trial, _)| trial == ticket) {
            weather.trial = None;
            if well {
                self.0.remove(model);
            }
        }
    }

    /// An operator says that all is well.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
