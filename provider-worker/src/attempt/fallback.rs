//! Chains of models: the next one is asked when one cannot answer.

use std::time::Duration;

use domain::{
    event::Event,
    failure::{CallFailure, ErrorClass},
    generation::Status,
};

use super::{lending::Search, session::Session};
use crate::{disposition::Disposition, lane::Lane};

impl<'a> Session<'a> {
    /// Whether another model may do better after `last`.
    pub(super) fn may_fall_back(&self, last: Disposition) -> bool {
        matches!(last, Disposition::Park(_) | Disposition::Exhausted | Disposition::Fail)
            && !self.is_request_bad()
            && !self.is_late()
            && self.has_fallback()
    }

    fn is_request_bad(&self) -> bool {
        self.trouble.as_ref().is_some_and(|trouble| trouble.class == ErrorClass::BadRequest)
    }

    /// The keys of the model rest for so long, and an earlier one failed: what may be over soonest is
    /// the trouble. The wait counts as in [`Session::wait_for_key`].
    pub(super) fn found_resting(&mut self, wait: Duration) {
        if self.trouble.is_some() {
            return;
        }
        let wait = wait.saturating_sub(self.task.lane.limits.key_wait);
        let rest = CallFailure::new(ErrorClass::RateMinute, "all keys rest");
        let rest = CallFailure { retry_after: Some(wait), ..rest };
        let earlier = self.earlier.take();
        self.trouble = self.sooner(Some(rest), earlier);
    }

    /// What follows at last if `last` follows from the model that was asked last: the model is waited for
    /// that may answer soonest.
    pub(super) fn soonest_of_chain(&mut self, last: Disposition) -> Disposition {
        let Some(earlier) = self.earlier.take().filter(|_| !self.is_request_bad()) else {
            return last;
        };
        let outlook = self.outlook(&earlier);
        if !outlook.is_before(last) {
            return last;
        }
        self.trouble = Some(earlier);
        outlook
    }

    /// That trouble which may be over sooner; the later one if neither.
    fn sooner(
        &self,
        former: Option<CallFailure>,
        latter: Option<CallFailure>,
    ) -> Option<CallFailure> {
        let (Some(one), Some(other)) = (&former, &latter) else { return latter.or(former) };
        if self.outlook(one).is_before(self.outlook(other)) { former } else { latter }
    }

    /// The next model of the chain that this worker can ask, and its place in the chain.
    fn next_fallback(&self) -> Option<(usize, &'a Lane, &'a str)> {
        let task = self.task;
        let mut left = task.job.fallbacks.iter().enumerate().skip(self.fallbacks_used);
        left.find_map(|(index, model)| {
            let lane = task.lanes.iter().find(|lane| lane.name == model.provider)?;
            Some((index, lane, &*model.model))
        })
    }

    /// Whether there is another model to ask.
    pub(super) fn has_fallback(&self) -> bool {
        self.next_fallback().is_some()
    }

    /// Turns to the next model of the chain; answers whether there is one. A job that has to wait begins
    /// at the first one again.
    pub(super) fn turn_to_fallback(&mut self) -> bool {
        let Some((index, lane, model)) = self.next_fallback() else { return false };
        let class = self.trouble.as_ref().map(|trouble| trouble.class.code());
        let (earlier, trouble) = (self.earlier.take(), self.trouble.take());
        self.earlier = self.sooner(earlier, trouble);
        tracing::info!(provider = %lane.name, model, class, "asking the next model of the chain");
        (self.task.lane, self.task.model, self.fallbacks_used) = (lane, model, index + 1);
        (self.search, self.blameless_retries) = (Search::default(), 0);
        if self.is_announced {
            let (status, attempt) = (Status::Streaming, self.attempt());
            self.desk.journal.add(Event::Status { status, attempt, model: model.to_owned() });
        }
        true
    }
}
