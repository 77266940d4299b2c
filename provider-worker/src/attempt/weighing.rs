//! What follows from calls that failed.

use std::time::Duration;

use domain::failure::{CallFailure, ErrorClass};
use tokio::time::Instant;

use super::{End, session::Session, words};
use crate::disposition::{self, Disposition, Situation};

/// No call begins with less time than this: the longest wait for a key, and half a minute for the call.
const SHORTEST_CALL: Duration = Duration::from_mins(1);

impl Session<'_> {
    /// Decides what is tried next.
    pub(super) fn weigh(&mut self, failure: CallFailure) -> Disposition {
        let is_blameless = !disposition::is_keys_fault(failure.class);
        let has_other_keys = self.search.has_other_keys(self.task.lane);
        self.trouble = Some(self.soonest(failure));
        let next = self.decide(has_other_keys, self.blameless_retries);
        if matches!(next, Disposition::OtherKey | Disposition::Restart) && is_blameless {
            self.blameless_retries += 1;
        }
        next
    }

    /// `failure` with the shortest wait that any provider answer asked for: one key is free then.
    fn soonest(&self, failure: CallFailure) -> CallFailure {
        let before = self.trouble.as_ref().and_then(|trouble| trouble.retry_after);
        let hints = [before, failure.retry_after].into_iter().flatten();
        CallFailure { retry_after: hints.min(), ..failure }
    }

    pub(super) fn decide(&self, has_other_keys: bool, blameless_retries: u32) -> Disposition {
        let Some(trouble) = &self.trouble else { return Disposition::OtherKey };
        self.decide_on(trouble, has_other_keys, blameless_retries)
    }

    /// What follows from `trouble` when nothing more is tried here.
    pub(super) fn outlook(&self, trouble: &CallFailure) -> Disposition {
        self.decide_on(trouble, false, u32::MAX)
    }

    fn decide_on(
        &self,
        trouble: &CallFailure,
        has_other_keys: bool,
        blameless_retries: u32,
    ) -> Disposition {
        let situation = Situation {
            class: trouble.class,
            hint: trouble.retry_after,
            has_text: self.received.has_text(),
            has_other_keys,
            blameless_retries,
            retries: self.task.job.retries,
            is_late: self.is_late(),
        };
        disposition::decide(&situation, &self.task.lane.ladder)
    }

    /// Whether the keys refused for coming too often are worth waiting for: the pool knows for how
    /// long they rest. Once for a delivery, so that a provider that always refuses is left alone.
    pub(super) fn may_wait_for_limits(&mut self, last: Disposition) -> bool {
        let is_limit = |trouble: &CallFailure| trouble.class == ErrorClass::RateMinute;
        matches!(last, Disposition::Park(_) | Disposition::Exhausted)
            && !self.is_late()
            && !self.received.has_text()
            && self.trouble.as_ref().is_some_and(is_limit)
            && self.search.take_all_again()
    }

    /// Whether too little time is left for another call.
    pub(super) fn is_late(&self) -> bool {
        Instant::now() + SHORTEST_CALL > self.due
    }

    /// Whether a call is not made for want of time. The first one always is: before it there is nothing to
    /// wait for.
    pub(super) fn is_out_of_time(&mut self) -> bool {
        let is_out = self.asked.is_some() && self.is_late();
        if is_out {
            self.trouble = self.trouble.take().or_else(|| self.earlier.take());
        }
        is_out
    }

    /// Nothing is left to try here: what is left is to wait or to fail.
    pub(super) async fn give_up(mut self) -> End {
        if self.trouble.is_none() {
            self.trouble =
                Some(CallFailure::new(ErrorClass::InvalidKey, words::NO_USABLE_KEY_WORDS));
            self.search.found_none();
        }
        let has_untried_keys = self.is_late() && self.search.has_other_keys(self.task.lane);
        let last = self.decide(has_untried_keys, u32::MAX);
        self.conclude(last).await
    }

    pub(super) async fn conclude(mut self, last: Disposition) -> End {
        let last = self.soonest_of_chain(last);
        let Some(trouble) = self.trouble.clone() else { return End::Release };
        let code = self.search.code(&trouble).to_owned();
        let message = self.search.words(&trouble);
        match last {
            Disposition::Park(wait) => self.retry(wait, code).await,
            Disposition::Exhausted => {
                let why = format!("{code}: {}", trouble.message);
                self.fail(code, format!("{message} {}", words::EXHAUSTED), Some(why)).await
            }
            Disposition::Fail | Disposition::OtherKey | Disposition::Restart => {
                self.fail(code, message, None).await
            }
        }
    }
}
