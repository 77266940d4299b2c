//! What was used of one budget, counted exactly.

use std::{collections::VecDeque, time::Duration};

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
    /// For how long the last one counts.
    counts: Duration,
}

impl Meter {
    /// The loan `ticket` takes `amount` of `budget`.
    pub(super) fn take(&mut self, budget: &Budget, ticket: u64, amount: u64, now: Timestamp) {
        self.taken.push_back(Taken { at: now, ticket, amount });
        self.total += amount;
        self.counts = counts(budget);
    }

    /// What `ticket` has taken counts from now on; if it no longer counts, it takes `amount`.
    pub(super) fn take_again(&mut self, budget: &Budget, ticket: u64, amount: u64, now: Timestamp) {
        let before = self.find(ticket).and_then(|index| self.taken.remove(index));
        let before = before.map(|taken| taken.amount);
        self.total -= before.unwrap_or(0);
        self.take(budget, ticket, before.unwrap_or(amount), now);
    }

    /// The loan `ticket` has used `amount` in the end.
    pub(super) fn settle(&mut self, ticket: u64, amount: u64) {
        if let Some(index) = self.find(ticket) {
            let taken = &mut self.taken[index];
            self.total = self.total - taken.amount + amount;
            taken.amount = amount;
        }
    }

    /// Where it stands what `ticket` took: not in the order of tickets, as wishes are told again.
    fn find(&self, ticket: u64) -> Option<usize> {
        self.taken.iter().rposition(|taken| taken.ticket == ticket)
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
                return Some(taken.at + counts(budget));
            }
        }
        Some(Timestamp::MAX_UTC)
    }

    /// How much counts at `now`.
    pub(super) fn used(&mut self, budget: &Budget, now: Timestamp) -> u64 {
        self.forget(counts(budget), now);
        self.total
    }

    /// Whether nothing counts any more, whichever keys have the budget now.
    pub(super) fn is_idle(&mut self, now: Timestamp) -> bool {
        self.forget(self.counts, now);
        self.taken.is_empty()
    }

    fn forget(&mut self, counts: Duration, now: Timestamp) {
        while let Some(gone) = self.taken.pop_front_if(|taken| taken.at + counts <= now) {
            self.total -= gone.amount;
        }
    }
}

/// For how long what is taken of `budget` counts.
fn counts(budget: &Budget) -> Duration {
    budget.period.length() + TRAVEL
}
