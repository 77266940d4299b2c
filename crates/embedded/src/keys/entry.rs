//! One key: its limits and its health.

use std::collections::BTreeMap;

use domain::{
    key::{Budget, KeyId, NoKeyReason, STRIDE},
    time::Timestamp,
};
use ports::live::{KeySpec, Probe, Switch};

use super::{bars::Bars, storm::SOON, window::Window};

/// One key.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) spec: KeySpec,
    /// What is limited and rests together with it.
    pub(super) group: String,
    /// Workers have it.
    pub(super) registered: bool,
    /// Taken out until then.
    pub(super) disabled_until: Option<Timestamp>,
    /// The number of the last change by an operator.
    pub(super) change: u64,
    pub(super) revoked: bool,
    /// Models it may not be used for.
    pub(super) not_permitted: Bars,
    pub(super) window: Window,
    /// Calls under way, and until when each may take.
    under_way: BTreeMap<u64, Timestamp>,
    /// Its place in the order of loans.
    pub(super) place: u64,
    pub(super) probe: Option<Probe>,
    /// When somebody has to look at it.
    pub(super) probe_due: Option<Timestamp>,
}

impl Key {
    pub(super) fn new(spec: &KeySpec, place: u64) -> Self {
        Self {
            spec: spec.clone(),
            group: group_of(spec),
            registered: true,
            disabled_until: None,
            change: 0,
            revoked: false,
            not_permitted: Bars::default(),
            window: Window::default(),
            under_way: BTreeMap::new(),
            place,
            probe: None,
            probe_due: None,
        }
    }

    pub(super) fn id(&self) -> &KeyId {
        &self.spec.id
    }

    /// Workers have it (again), with these limits.
    pub(super) fn register(&mut self, spec: &KeySpec) {
        (self.spec, self.group, self.registered) = (spec.clone(), group_of(spec), true);
    }

    /// The budgets that count requests for `model`.
    pub(super) fn budgets<'a>(&'a self, model: &'a str) -> impl Iterator<Item = &'a Budget> {
        self.spec.budgets.iter().filter(move |budget| budget.counts(model))
    }

    /// Whether no wait makes it usable for any model.
    pub(super) fn is_out(&self) -> bool {
        let for_good = self.disabled_until == Some(Timestamp::MAX_UTC);
        let no_budget = self.spec.requests_per_minute == Some(0);
        !self.registered || self.revoked || for_good || no_budget
    }

    /// Whether it may be used for `model`.
    pub(super) fn is_permitted(&self, model: &str, now: Timestamp) -> bool {
        !self.not_permitted.hold(model, now)
    }

    /// What of its own keeps it from being lent: an operator, its requests of the minute, its calls under
    /// way.
    pub(super) fn held(&mut self, now: Timestamp) -> Option<(Timestamp, NoKeyReason)> {
        let disabled = self.disabled(now);
        let budget = self.spec.requests_per_minute;
        let limited = budget.and_then(|budget| self.window.limited_until(budget, now));
        let is_full = self.spec.concurrency.is_some_and(|most| self.under_way(now) >= most);
        [
            disabled.map(|until| (until, NoKeyReason::CoolingDown)),
            limited.map(|until| (until, NoKeyReason::RateLimited)),
            is_full.then(|| (now + SOON, NoKeyReason::Busy)),
        ]
        .into_iter()
        .flatten()
        .max_by_key(|(until, _)| *until)
    }

    /// Until when an operator took it out, if so.
    pub(super) fn disabled(&self, now: Timestamp) -> Option<Timestamp> {
        self.disabled_until.filter(|until| *until > now)
    }

    /// One more request.
    pub(super) fn lend(&mut self, ticket: u64, place: u64, (now, until): (Timestamp, Timestamp)) {
        self.window.count(now);
        self.place = place + STRIDE / u64::from(self.spec.weight.max(1));
        if self.spec.concurrency.is_some() {
            self.under_way.insert(ticket, until);
        }
    }

    /// The request of a loan made `before` counts from now on, and its call, if it has not ended, may be under way
    /// `until` then.
    pub(super) fn lend_again(
        &mut self,
        ticket: u64,
        before: Timestamp,
        (now, until): (Timestamp, Timestamp),
    ) {
        self.window.count_again(before, now);
        if let Some(ends) = self.under_way.get_mut(&ticket) {
            *ends = until;
        }
    }

    /// The call `ticket` has ended.
    pub(super) fn ended(&mut self, ticket: u64) {
        self.under_way.remove(&ticket);
    }

    /// How many calls are under way, if they are limited.
    pub(super) fn under_way(&mut self, now: Timestamp) -> u32 {
        self.under_way.retain(|_, until| *until > now);
        u32::try_from(self.under_way.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn switch(&mut self, switch: Switch, now: Timestamp) {
        self.disabled_until = match switch {
            Switch::On => None,
            Switch::Off => Some(Timestamp::MAX_UTC),
            Switch::OffFor(length) => {
                let length = chrono::Duration::from_std(length).unwrap_or(chrono::Duration::MAX);
                Some(now.checked_add_signed(length).unwrap_or(Timestamp::MAX_UTC))
            }
        };
        if switch == Switch::On {
            self.revoked = false;
            self.not_permitted.clear();
            self.probe_due = None;
        }
    }
}

/// What is limited and rests together with a key as in `spec`.
fn group_of(spec: &KeySpec) -> String {
    // No group is called like this: names are words.
    spec.group.clone().unwrap_or_else(|| format!("={}", spec.id))
}
