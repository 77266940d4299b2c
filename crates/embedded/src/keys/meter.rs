//! What was used of one budget, counted exactly.

use std::collections::VecDeque;

use domain::{key::Budget, time::Timestamp};

use super::window::TRAVEL;

/// What one loan took.
#[derive(Debug)]
struct Taken {
    at: Timestamp,
    ticket: u64,
    amount: u64,
}

/// What was taken and still counts, oldest first.
#[derive(Debug, Default)]
pub(super) struct Meter {
    taken: VecDeque<Taken>,
    total: u64,
}

impl Meter {
    /// The loan `ticket` takes `amount`.
    pub(super) fn take(&mut self, ticket: u64, amount: u64, now: Timestamp) {
        self.taken.push_back(Taken { at: now, ticket, amount });
        self.total += amount;
    }

    /// The loan `ticket` has used `amount` in the end.
    pub(super) fn settle(&mut self, ticket: u64, amount: u64) {
        if let Ok(index) = self.taken.binary_search_by_key(&ticket, |taken| taken.ticket) {
            let taken = &mut self.taken[index];
            self.total = self.total - taken.amount + amount;
            taken.amount = amount;
        }
    }

    /// From when `amount` more keeps within `budget`, if not now.
    pub(super) fn held_until(
        &mut self,
        budget: &Budget,
        amount: u64,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let mut surplus = (self.used(budget, now) + amount).checked_sub(budget.limit + 1)? + 1;
        for taken in &self.taken {
            surplus = surplus.saturating_sub(taken.amount);
            if surplus == 0 {
                return Some(taken.at + budget.period.length() + TRAVEL);
            }
        }
        Some(Timestamp::MAX_UTC)
    }

    /// How much counts at `now`.
    pub(super) fn used(&mut self, budget: &Budget, now: Timestamp) -> u64 {
        let counts = budget.period.length() + TRAVEL;
        while self.taken.front().is_some_and(|taken| taken.at + counts <= now) {
            let gone = self.taken.pop_front().map_or(0, |taken| taken.amount);
            self.total -= gone;
        }
        self.total
    }
}
