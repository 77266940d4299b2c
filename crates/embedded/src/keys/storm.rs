//! Models that nobody can be asked for now, whatever key: throttled for most keys at once, or overloaded.

use std::{collections::HashMap, time::Duration};

use domain::{
    key::{
        NoKeyReason, OVERLOAD_STEP, OVERLOAD_STEPS, STORM_WITHIN, is_overload, is_storm,
        overload_hold,
    },
    time::Timestamp,
};

/// How soon to ask again while calls under way are in the way.
pub(super) const SOON: Duration = Duration::from_millis(200);

/// How soon to ask again while another call tries.
const WHILE_TRYING: Duration = Duration::from_secs(1);

/// Nobody calls for a while, and then one tries.
#[derive(Debug)]
struct Hold {
    until: Timestamp,
    why: NoKeyReason,
    /// The call that tries, and until when it may take.
    trial: Option<(u64, Timestamp)>,
    /// How many tried in vain.
    failed: u32,
}

/// One model.
#[derive(Debug, Default)]
struct Weather {
    /// When each group was throttled last.
    throttled: HashMap<String, Timestamp>,
    /// Calls lent, and those found overloaded, by step.
    calls: HashMap<u64, (u64, u64)>,
    hold: Option<Hold>,
}

/// The weather of all models.
#[derive(Debug, Default)]
pub(super) struct Storms(HashMap<String, Weather>);

impl Storms {
    /// What keeps every key from being lent for `model`, and until when.
    pub(super) fn held(&self, model: &str, now: Timestamp) -> Option<(Timestamp, NoKeyReason)> {
        let hold = self.0.get(model)?.hold.as_ref()?;
        let trying = hold.trial.is_some_and(|(_, until)| until > now);
        let until = if hold.until > now {
            hold.until
        } else if trying {
            now + WHILE_TRYING
        } else {
            return None;
        };
        Some((until, hold.why))
    }

    /// `ticket` was lent for `model`; answers whether it tries for all.
    pub(super) fn lent(
        &mut self,
        model: &str,
        ticket: u64,
        until: Timestamp,
        now: Timestamp,
    ) -> bool {
        let weather = self.0.entry(model.to_owned()).or_default();
        let step = step(now);
        weather.calls.retain(|past, _| past + OVERLOAD_STEPS > step);
        weather.calls.entry(step).or_default().0 += 1;
        let Some(hold) = &mut weather.hold else { return false };
        hold.trial = Some((ticket, until));
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
        let weather = self.0.entry(model.to_owned()).or_default();
        weather.throttled.retain(|_, at| *at + STORM_WITHIN > now);
        weather.throttled.insert(group.to_owned(), now);
        if weather.tried(ticket) || is_storm(weather.throttled.len(), groups) {
            weather.hold(NoKeyReason::CoolingDown, length, now);
        }
    }

    /// The provider had too much to do.
    pub(super) fn overloaded(&mut self, model: &str, ticket: u64, now: Timestamp) {
        let weather = self.0.entry(model.to_owned()).or_default();
        let step = step(now);
        weather.calls.entry(step).or_default().1 += 1;
        let counts = weather.calls.iter().filter(|(past, _)| *past + OVERLOAD_STEPS > step);
        let (lent, overloaded) =
            counts.fold((0, 0), |sum, (_, calls)| (sum.0 + calls.0, sum.1 + calls.1));
        let tried = weather.tried(ticket);
        if tried || (weather.hold.is_none() && is_overload(overloaded, lent)) {
            let failed = weather.hold.as_ref().map_or(0, |hold| hold.failed + u32::from(tried));
            weather.hold(NoKeyReason::Overloaded, overload_hold(failed), now);
            if let Some(hold) = &mut weather.hold {
                hold.failed = failed;
            }
        }
    }

    /// A call for `model` ended, well or with a failure that says nothing of this.
    pub(super) fn ended(&mut self, model: &str, ticket: u64, well: bool) {
        let Some(weather) = self.0.get_mut(model).filter(|weather| weather.tried(ticket)) else {
            return;
        };
        if well {
            self.0.remove(model);
        } else if let Some(hold) = &mut weather.hold {
            hold.trial = None;
        }
    }

    /// An operator says that all is well.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Weather {
    /// Whether `ticket` is the call that tries.
    fn tried(&self, ticket: u64) -> bool {
        let trial = self.hold.as_ref().and_then(|hold| hold.trial);
        trial.is_some_and(|(trial, _)| trial == ticket)
    }

    /// Nobody calls for `length`, or for longer if that was so before.
    fn hold(&mut self, why: NoKeyReason, length: Duration, now: Timestamp) {
        let before = self.hold.as_ref();
        let until = (now + length).max(before.map_or(now, |hold| hold.until));
        let failed = before.map_or(0, |hold| hold.failed);
        self.hold = Some(Hold { until, why, trial: None, failed });
    }
}

fn step(at: Timestamp) -> u64 {
    u64::try_from(at.timestamp()).unwrap_or_default() / OVERLOAD_STEP.as_secs()
}
