//! What calls cost, and on which model.

use ::ports::live::Loan;
use domain::{
    report::{REPORT_VERSION, Spent},
    usage::{Usage, UsageSource},
};

use super::{Task, session::Session};
use crate::lane::Lane;

impl Session<'_> {
    /// Adds what the last call cost to what was spent before.
    pub(super) fn account(&mut self) {
        let Some(cost) = self.received.cost(self.task.job) else { return };
        let provider = self.task.lane.name.as_str();
        if let Some(told) = self.received.more_than_the_model_can() {
            let (model, most) = (self.task.model, self.received.length.model);
            tracing::warn!(
                provider,
                model,
                told,
                most,
                "a longer answer than the settings say it can be"
            );
        }
        instruments::tokens_used(provider, cost.input_tokens, cost.output_tokens);
        self.spent = Some(self.spent.map_or(cost, |spent| sum(spent, cost)));
    }

    /// From now on this model is asked. What the one before it has spent is told under its own name: the end of the
    /// attempt names one model only.
    pub(super) fn begin_to_ask(&mut self, loan: &Loan) {
        let Task { lane, model, .. } = self.task;
        let (last_lane, last_model) = self.last_asked();
        let is_other = (&last_lane.name, last_model) != (&lane.name, model);
        if is_other && let Some(spent) = self.spent_so_far(Some(self.parts_told)) {
            self.desk.tell_spent(self.task.reporter().spent(spent));
            self.spent_before = self.spent_in_all();
            (self.spent, self.parts_told) = (None, self.parts_told + 1);
        }
        (self.asked, self.key) = (Some((lane, model)), Some(loan.key.clone()));
    }

    /// What was spent, if anything was. Without an end in the log nobody else books anything for this
    /// opening of it; with one, the same tokens may be booked from there.
    pub(super) fn spent_so_far(&self, part: Option<u32>) -> Option<Spent> {
        let usage = self.spent?;
        let (lane, model) = self.last_asked();
        let (job, writer) = (self.task.job, self.desk.journal.writer());
        Some(Spent {
            v: REPORT_VERSION,
            generation_id: job.generation_id,
            user_id: job.user_id,
            attempt: writer.attempt,
            opening: (!self.may_have_ended).then_some(writer.fence),
            part,
            provider: lane.name.clone(),
            model: model.to_owned(),
            usage,
            at: lane.now(),
        })
    }

    /// What all calls have cost together, of whichever model: so viewers are told it. The books have each model by itself.
    pub(super) fn spent_in_all(&self) -> Option<Usage> {
        let parts = [self.spent_before, self.spent];
        parts.into_iter().flatten().reduce(sum)
    }

    /// Who was asked last; who would have been, if nobody was.
    pub(super) fn last_asked(&self) -> (&Lane, &str) {
        self.asked.unwrap_or((self.task.lane, self.task.model))
    }
}

fn sum(one: Usage, other: Usage) -> Usage {
    let is_exact = one.source == UsageSource::Provider && other.source == UsageSource::Provider;
    Usage {
        input_tokens: one.input_tokens.saturating_add(other.input_tokens),
        cached_input_tokens: one.cached_input_tokens.saturating_add(other.cached_input_tokens),
        output_tokens: one.output_tokens.saturating_add(other.output_tokens),
        reasoning_tokens: one.reasoning_tokens.saturating_add(other.reasoning_tokens),
        source: if is_exact { UsageSource::Provider } else { UsageSource::Estimated },
    }
}
