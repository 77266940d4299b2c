//! What was used of all budgets.

use std::collections::HashMap;

use domain::{
    key::{Budget, Measure, NoKeyReason},
    time::Timestamp,
};
use ports::live::{LendRequest, Loan};

use super::{entry::Key, meter::Meter};

/// What was used of every budget, by its name: keys share those of one name.
#[derive(Debug, Default)]
pub(super) struct Meters(HashMap<String, Meter>);

impl Meters {
    /// From when what `request` takes keeps within all budgets of `key`, if not now.
    pub(super) fn held(
        &mut self,
        key: &Key,
        request: &LendRequest,
        now: Timestamp,
    ) -> Option<(Timestamp, NoKeyReason)> {
        let held = key.budgets(&request.model).filter_map(|budget| {
            let meter = self.0.get_mut(&budget.name)?;
            meter.held_until(budget, budget.taken_by(request.tokens), now)
        });
        held.max().map(|until| (until, NoKeyReason::RateLimited))
    }

    /// The loan `ticket` takes of the budgets of `key` what `request` wants.
    pub(super) fn take(&mut self, key: &Key, ticket: u64, request: &LendRequest, now: Timestamp) {
        for budget in key.budgets(&request.model) {
            let meter = self.0.entry(budget.name.clone()).or_default();
            meter.take(budget, ticket, budget.taken_by(request.tokens), now);
        }
    }

    /// What a loan has taken counts from now on; what no longer counts, it takes again.
    pub(super) fn take_again(
        &mut self,
        key: &Key,
        ticket: u64,
        request: &LendRequest,
        now: Timestamp,
    ) {
        for budget in key.budgets(&request.model) {
            let meter = self.0.entry(budget.name.clone()).or_default();
            meter.take_again(budget, ticket, budget.taken_by(request.tokens), now);
        }
    }

    /// The call of `loan` of `key` has used `tokens` in the end.
    pub(super) fn settle(&mut self, key: &Key, loan: &Loan, tokens: u64) {
        let budgets = key.budgets(&loan.model);
        for budget in budgets.filter(|budget| budget.measure == Measure::Tokens) {
            if let Some(meter) = self.0.get_mut(&budget.name) {
                meter.settle(loan.ticket, tokens);
            }
        }
    }

    /// How much of `budget` counts at `now`.
    pub(super) fn used(&mut self, budget: &Budget, now: Timestamp) -> u64 {
        self.0.get_mut(&budget.name).map_or(0, |meter| meter.used(budget, now))
    }

    /// Only budgets are left that are `named`, or of which something still counts: they may be named again.
    pub(super) fn retain(&mut self, named: impl Fn(&str) -> bool, now: Timestamp) {
        self.0.retain(|name, meter| named(name) || !meter.is_idle(now));
    }
}
