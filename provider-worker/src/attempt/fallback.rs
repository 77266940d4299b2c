//! Chains of models: the next one is asked when one cannot answer.

use domain::{event::Event, generation::Status};

use super::{
    lending::Search,
    session::Session,
    trouble::{Trouble, soonest},
};
use crate::{disposition::Disposition, lane::Lane};

impl<'a> Session<'a> {
    /// Whether another model may do better after `last`.
    pub(super) fn may_fall_back(&self, last: Disposition) -> bool {
        matches!(last, Disposition::Park(_) | Disposition::Exhausted | Disposition::Fail)
            && !self.trouble.as_ref().is_some_and(Trouble::is_everywhere)
            && !self.is_late()
            && self.has_fallback()
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

    /// Whether the model that is asked now is not the first one.
    pub(super) const fn is_fallback(&self) -> bool {
        self.fallbacks_used > 0
    }

    /// Whether there is another model to ask.
    pub(super) fn has_fallback(&self) -> bool {
        self.next_fallback().is_some()
    }

    /// Turns to the next model of the chain; answers whether there is one. A job that has to wait begins
    /// at the first one again.
    pub(super) fn turn_to_fallback(&mut self) -> bool {
        let Some((index, lane, model)) = self.next_fallback() else { return false };
        let class = self.trouble.as_ref().map(Trouble::code);
        let troubles = self.trouble.take().into_iter().chain(self.earlier.take());
        self.earlier = soonest(troubles, &self.task.lane.ladder);
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
