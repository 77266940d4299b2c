//! What follows from calls that failed.

use std::time::Duration;

use domain::failure::{CallFailure, ErrorClass};
use tokio::time::Instant;

use super::{
    End,
    session::Session,
    trouble::{Trouble, soonest},
    words,
};
use crate::disposition::{self, Disposition, Situation};

/// No call begins with less time than this: the longest wait for a key, and half a minute for the call.
const SHORTEST_CALL: Duration = Duration::from_mins(1);

impl Session<'_> {
    /// Decides what is tried next: at once after the call that failed last, or else for that key of the
    /// model which is free soonest.
    pub(super) fn weigh(&mut self, failure: CallFailure) -> Disposition {
        let is_blameless = !disposition::is_keys_fault(failure.class);
        let has_other_keys = self.search.has_other_keys(self.task.lane);
        let newest = Trouble::Refused(failure);
        let at_once = disposition::at_once(&self.situation(&newest, has_other_keys));
        let trouble = self.search.trouble(&self.task.lane.ladder).unwrap_or(newest);
        let trouble = if self.is_fallback() { trouble.of_later_model() } else { trouble };
        let next = at_once.unwrap_or_else(|| self.at_last(&trouble, has_other_keys));
        self.trouble = Some(trouble);
        if at_once.is_some() && is_blameless {
            self.blameless_retries += 1;
        }
        next
    }

    /// What follows from `trouble` when nothing more is tried here.
    pub(super) fn at_last(&self, trouble: &Trouble, has_untried_keys: bool) -> Disposition {
        let situation = self.situation(trouble, has_untried_keys);
        disposition::at_last(&situation, &self.task.lane.ladder)
    }

    fn situation(&self, trouble: &Trouble, has_other_keys: bool) -> Situation {
        Situation {
            class: trouble.class(),
            hint: trouble.hint(),
            has_text: self.received.has_text(),
            has_other_keys,
            blameless_retries: self.blameless_retries,
            retries: self.task.job.retries,
            is_late: self.is_late(),
        }
    }

    /// Whether the keys refused for coming too often are worth waiting for: the pool knows for how
    /// long they rest. Once for a delivery, so that a provider that always refuses is left alone.
    pub(super) fn may_wait_for_limits(&self) -> bool {
        let is_limit = |trouble: &Trouble| trouble.class() == ErrorClass::RateMinute;
        !self.is_late()
            && !self.received.has_text()
            && self.trouble.as_ref().is_some_and(is_limit)
            && !self.search.has_begun_again()
    }

    /// Whether they are free so soon that they are waited for even if there is another model to ask.
    pub(super) fn is_limit_short(&self) -> bool {
        let hint = self.trouble.as_ref().and_then(Trouble::hint);
        self.may_wait_for_limits() && hint.is_some_and(|wait| self.may_wait_here(wait))
    }

    /// Whether too little time is left for another call.
    pub(super) fn is_late(&self) -> bool {
        Instant::now() + SHORTEST_CALL > self.due
    }

    /// Whether a call is not made for want of time. The first one always is: before it there is nothing to
    /// wait for.
    pub(super) fn is_out_of_time(&self) -> bool {
        self.asked.is_some() && self.is_late()
    }

    /// Nothing is left to try here: what is left is to wait for that key of that model which may be free
    /// soonest, or to fail.
    pub(super) async fn give_up(mut self) -> End {
        let lane = self.task.lane;
        // The next worker waits for a part of a rest itself, as after `wait_for_key`.
        let rest = self.rest.map(|(wait, _)| wait.saturating_sub(lane.limits.key_wait));
        let troubles = [self.trouble.take(), self.earlier.take(), rest.map(Trouble::Resting)];
        let trouble = soonest(troubles.into_iter().flatten(), &lane.ladder);
        let trouble = trouble.unwrap_or(Trouble::NoneUsable);
        let has_untried_keys = self.is_late() && self.search.has_other_keys(lane);
        let (code, message) = (trouble.code().to_owned(), trouble.words());
        match self.at_last(&trouble, has_untried_keys) {
            Disposition::Park(wait) => self.retry(wait, code).await,
            Disposition::Exhausted => {
                let why = format!("{code}: {}", trouble.details());
                self.fail(code, format!("{message} {}", words::EXHAUSTED), Some(why)).await
            }
            Disposition::Fail | Disposition::OtherKey | Disposition::Restart => {
                self.fail(code, message, None).await
            }
        }
    }
}
