//! The keys of one provider.

use std::{collections::BTreeSet, time::Duration};

use domain::{
    key::{Candidate, Choice, KeyId, Measure, RestCause, Verdict, choose},
    time::Timestamp,
};
use ports::live::{
    KeySpec, KeyState, KeyStatus, LendRequest, Lending, Loan, ModelRest, PROBE_EVERY, PROBE_TAKES,
    Probe, Returned, Spent, Switch,
};

use super::{entry::Key, meters::Meters, rests::Rests, storm::Storms, wishes::Wishes};

/// The keys of one provider, in the order of their registration. Those no longer named stay, with
/// what is known of them: a call under way may still report, and the key may be named again.
#[derive(Debug, Default)]
pub(super) struct Pool {
    keys: Vec<Key>,
    meters: Meters,
    rests: Rests,
    storms: Storms,
    wishes: Wishes,
    last_ticket: u64,
    /// The place of the key lent last: whoever comes back from a rest begins there.
    place: u64,
}

impl Pool {
    pub(super) fn register(&mut self, specs: &[KeySpec], now: Timestamp) {
        self.keys.iter_mut().for_each(|key| key.registered = false);
        for spec in specs {
            if let Some(key) = self.find(&spec.id) {
                key.register(spec);
            } else {
                let place = self.place;
                self.keys.push(Key::new(spec, place));
            }
        }
        let named: BTreeSet<&str> =
            specs.iter().flat_map(|spec| &spec.budgets).map(|budget| &*budget.name).collect();
        self.meters.retain(|name| named.contains(name), now);
    }

    pub(super) fn lend(&mut self, request: &LendRequest, now: Timestamp) -> Lending {
        if let Some((loan, before)) = self.wishes.loan(request.wish, now) {
            self.take_again(&loan, request, (before, now));
            return Lending::Lent(loan);
        }
        let candidates: Vec<Candidate> =
            (0..self.keys.len()).map(|index| self.candidate(index, request, now)).collect();
        match choose(&candidates, now) {
            Choice::Lend(index) => {
                let loan = self.take(index, request, now);
                self.wishes.grant(request.wish, loan.clone(), now);
                Lending::Lent(loan)
            }
            Choice::NoneUntil(until, why) => {
                Lending::NoneFor((until - now).to_std().unwrap_or(Duration::ZERO), why)
            }
            Choice::NoneUsable if self.is_forbidden(&request.model, now) => Lending::NotPermitted,
            Choice::NoneUsable => Lending::NoneUsable,
        }
    }

    /// Whether no key that is well may be used for `model`, and there are such keys.
    fn is_forbidden(&self, model: &str, now: Timestamp) -> bool {
        let mut well = self.keys.iter().filter(|key| !key.is_out()).peekable();
        well.peek().is_some() && !well.any(|key| key.is_permitted(model, now))
    }

    fn candidate(&mut self, index: usize, request: &LendRequest, now: Timestamp) -> Candidate {
        let place = self.place;
        let Self { keys, meters, rests, storms, .. } = self;
        let key = &mut keys[index];
        let model = &request.model;
        let barred = key.is_out() || !key.is_permitted(model, now);
        let rest = rests.of(&key.group, model, now).map(super::rests::Rest::held);
        let own = key.held(now);
        let budgets = meters.held(key, request, now);
        let held = [budgets, rest, own, storms.held(model, now)].into_iter().flatten();
        let held = held.max_by_key(|(until, _)| *until);
        // Whoever had to stand back does not catch up.
        key.place = if barred || held.is_some() { key.place.max(place) } else { key.place };
        let barred = barred || request.exclude.contains(key.id());
        Candidate { barred, held, place: key.place }
    }

    fn take(&mut self, index: usize, request: &LendRequest, now: Timestamp) -> Loan {
        // The time, or a little later: no two loans have the same ticket.
        let micros = u64::try_from(now.timestamp_micros()).unwrap_or_default();
        self.last_ticket = micros.max(self.last_ticket + 1);
        let (ticket, until) = (self.last_ticket, now + request.lease);
        let key = &mut self.keys[index];
        self.place = key.place;
        key.lend(ticket, self.place, (now, until));
        self.meters.take(key, ticket, request, now);
        let is_trial = self.storms.lent(&request.model, ticket, now + request.first_token);
        let mut budgets = key.budgets(&request.model);
        let settles = budgets.any(|budget| budget.measure == Measure::Tokens);
        Loan {
            provider: request.provider.clone(),
            key: key.id().clone(),
            model: request.model.clone(),
            ticket,
            wants_return: is_trial || settles || key.spec.concurrency.is_some(),
            is_trial,
        }
    }

    /// The call of a loan told `before` is made only `now`.
    fn take_again(
        &mut self,
        loan: &Loan,
        request: &LendRequest,
        (before, now): (Timestamp, Timestamp),
    ) {
        let Some(index) = self.keys.iter().position(|key| *key.id() == loan.key) else { return };
        let key = &mut self.keys[index];
        key.lend_again(loan.ticket, before, (now, now + request.lease));
        self.meters.take_again(key, loan.ticket, request, now);
    }

    pub(super) fn answering(&mut self, loan: &Loan) {
        self.storms.ended(&loan.model, loan.ticket, true);
    }

    pub(super) fn give_back(&mut self, loan: &Loan, returned: Returned, now: Timestamp) {
        let Some(index) = self.keys.iter().position(|key| *key.id() == loan.key) else { return };
        let key = &mut self.keys[index];
        key.ended(loan.ticket);
        if let Some(tokens) = returned.tokens {
            self.meters.settle(key, loan, tokens);
        }
        match returned.verdict {
            Verdict::Healthy => self.storms.ended(&loan.model, loan.ticket, true),
            Verdict::Rest(RestCause::Throttled, length) => {
                let registered = self.keys.iter().filter(|key| key.registered);
                let groups: BTreeSet<&str> = registered.map(|key| &*key.group).collect();
                let whose = (&*self.keys[index].group, groups.len());
                self.storms.throttled(&loan.model, loan.ticket, whose, length, now);
            }
            _ => self.storms.ended(&loan.model, loan.ticket, false),
        }
        let key = &mut self.keys[index];
        match returned.verdict {
            Verdict::Healthy | Verdict::Silent => {}
            Verdict::Rest(cause, length) => {
                self.rests.begin(&key.group, &loan.model, (cause, length), now);
            }
            Verdict::NotPermitted => {
                key.not_permitted.add(&loan.model, now);
            }
            Verdict::Revoked => {
                key.revoked = true;
                key.probe_due.get_or_insert(now + PROBE_EVERY);
            }
        }
    }

    pub(super) fn switch(&mut self, id: &KeyId, (switch, change): (Switch, u64), now: Timestamp) {
        let Some(key) = self.find(id).filter(|key| key.change < change) else { return };
        key.change = change;
        key.switch(switch, now);
        if switch == Switch::On {
            let group = key.group.clone();
            self.rests.end(&group);
            self.storms.clear();
        }
    }

    pub(super) fn ask_probe(&mut self, id: &KeyId, now: Timestamp) {
        if let Some(key) = self.find(id) {
            key.probe_due = Some(now);
        }
    }

    pub(super) fn next_probe(&mut self, own: &[KeyId], now: Timestamp) -> Option<KeyId> {
        let is_due = |key: &&mut Key| {
            let is_due = key.probe_due.is_some_and(|due| due <= now);
            is_due && key.registered && own.contains(key.id())
        };
        let key = self.keys.iter_mut().find(is_due)?;
        // Whoever looks may be gone before it tells what it found: then somebody else looks.
        key.probe_due = Some(now + PROBE_TAKES);
        Some(key.id().clone())
    }

    pub(super) fn probed(&mut self, id: &KeyId, found: &str, now: Timestamp) {
        let Some(key) = self.find(id) else { return };
        key.probe = Some(Probe { found: found.to_owned(), at: now });
        key.revoked &= found != Probe::WELL;
        key.probe_due = key.revoked.then(|| now + PROBE_EVERY);
    }

    pub(super) fn status(&mut self, now: Timestamp) -> Vec<KeyStatus> {
        let indices = (0..self.keys.len()).filter(|index| self.keys[*index].registered);
        let indices: Vec<usize> = indices.collect();
        let mut status: Vec<KeyStatus> =
            indices.into_iter().map(|index| self.status_of(index, now)).collect();
        status.sort_by(|a, b| a.key.cmp(&b.key));
        status
    }

    fn status_of(&mut self, index: usize, now: Timestamp) -> KeyStatus {
        let Self { keys, meters, rests, .. } = self;
        let key = &mut keys[index];
        let under_way = key.under_way(now);
        let state = match (key.disabled(now), rests.longest(&key.group, now)) {
            (Some(until), _) => {
                KeyState::taken_out((until < Timestamp::MAX_UTC).then_some(until), under_way)
            }
            _ if key.revoked => KeyState::Revoked,
            (_, Some(rest)) => rest.state(),
            _ => KeyState::Active,
        };
        let resting = rests.models(&key.group, now).into_iter();
        let resting = resting.map(|(model, until)| ModelRest { model, until: Some(until) });
        let barred = key.not_permitted.models(now);
        let barred = barred.map(|model| ModelRest { model: model.to_owned(), until: None });
        let mut models: Vec<ModelRest> = resting.chain(barred).collect();
        models.sort_by(|a, b| a.model.cmp(&b.model));
        let budgets = key
            .spec
            .budgets
            .iter()
            .map(|budget| Spent { budget: budget.clone(), used: meters.used(budget, now) });
        KeyStatus {
            key: key.id().clone(),
            state,
            weight: key.spec.weight,
            group: key.spec.group.clone(),
            used_in_window: key.window.used(now),
            requests_per_minute: key.spec.requests_per_minute,
            budgets: budgets.collect(),
            concurrency: key.spec.concurrency,
            under_way,
            models,
            probe: key.probe.clone(),
        }
    }

    fn find(&mut self, id: &KeyId) -> Option<&mut Key> {
        self.keys.iter_mut().find(|key| key.id() == id)
    }
}
