//! One delivery's attempts, from the opened log to the end.

use std::time::Duration;

use ::ports::live::{LogEntry, Opened, Opening, Takeover};
use domain::{
    event::{Event, SeqEvent},
    failure::{CallFailure, ErrorClass},
    generation::Status,
    key::{KeyId, Verdict},
    report::{REPORT_VERSION, Started},
    time::Timestamp,
    usage::Usage,
};
use tokio::time::Instant;

use super::{
    End, Task,
    call::{Called, Received},
    desk::Desk,
    lending::{Lent, Search},
    words,
};
use crate::{
    disposition::{self, Disposition, Situation},
    flush::{Journal, Stop},
    lane::Lane,
    reports,
};

/// No call begins with less time than this: the longest wait for a key, and half a minute for the call.
const SHORTEST_CALL: Duration = Duration::from_mins(1);

/// One delivery's attempts.
pub(super) struct Session<'a> {
    pub(super) task: Task<'a>,
    pub(super) desk: Desk,
    /// Events of attempts whose end was never reported.
    pub(super) inherited: Vec<LogEntry>,
    pub(super) started_at: Timestamp,
    /// When the last call must end.
    pub(super) due: Instant,
    /// Whether viewers were told of this attempt.
    pub(super) is_announced: bool,
    pub(super) search: Search,
    /// Whom the last call asked, and which model.
    pub(super) asked: Option<(&'a Lane, &'a str)>,
    /// The key of the last call.
    pub(super) key: Option<KeyId>,
    /// What came of the last call.
    pub(super) received: Received,
    /// What all calls have cost together.
    pub(super) spent: Option<Usage>,
    /// Whether the log may hold the end of the attempt, with what was spent.
    pub(super) may_have_ended: bool,
    pub(super) trouble: Option<CallFailure>,
    /// Of the troubles with earlier models of the chain, that which may be over soonest.
    pub(super) earlier: Option<CallFailure>,
    pub(super) blameless_retries: u32,
    /// How many models of the chain, beside the first, were turned to or left out.
    pub(super) fallbacks_used: usize,
}

impl<'a> Session<'a> {
    /// Begins the attempt that `opening` allows.
    pub(super) fn new(task: Task<'a>, opening: Opening) -> Self {
        let journal = journal(&task, &opening);
        Self {
            desk: Desk::new(&task, journal),
            task,
            inherited: opening.inherited,
            started_at: task.lane.now(),
            due: Instant::now() + task.lane.limits.delivery,
            is_announced: false,
            search: Search::default(),
            asked: None,
            key: None,
            received: Received::default(),
            spent: None,
            may_have_ended: false,
            trouble: None,
            earlier: None,
            blameless_retries: 0,
            fallbacks_used: 0,
        }
    }

    /// Voids what a dead worker wrote, and works until the delivery can end.
    pub(super) async fn begin(mut self) -> End {
        self.void(words::WORKER_LOST);
        self.run().await
    }

    /// The number of the attempt.
    pub(super) fn attempt(&self) -> u32 {
        self.desk.journal.writer().attempt
    }

    /// Works until the delivery can end. What happens once is boxed, so that an answer that streams
    /// takes no memory for it.
    async fn run(mut self) -> End {
        loop {
            if self.is_out_of_time() {
                return Box::pin(self.give_up()).await;
            }
            let calling = match self.may_call().await {
                Ok(Some(calling)) => calling,
                Ok(None) if self.turn_to_fallback() => continue,
                Ok(None) => return Box::pin(self.give_up()).await,
                Err(stop) => return Box::pin(self.stop(stop)).await,
            };
            let loan = match self.lend().await {
                Ok(Lent::Key(loan)) => loan,
                Ok(Lent::Later(..) | Lent::Never) if self.turn_to_fallback() => continue,
                Ok(Lent::Later(wait, why)) if !self.has_failed() => {
                    return Box::pin(self.wait_for_key(wait, why)).await;
                }
                Ok(Lent::Later(wait, _)) => {
                    self.found_resting(wait);
                    return Box::pin(self.give_up()).await;
                }
                Ok(Lent::Never) => return Box::pin(self.give_up()).await,
                Err(stop) => return Box::pin(self.stop(stop)).await,
            };
            self.announce();
            self.asked = Some((self.task.lane, self.task.model));
            let called = self.call(&loan, calling).await;
            self.account();
            let failure = match called {
                Called::Finished(finish) => return Box::pin(self.succeed(finish)).await,
                Called::TooLarge => return Box::pin(self.too_large()).await,
                Called::Stopped(stop) => return Box::pin(self.stop(stop)).await,
                Called::Failed(failure) => failure,
            };
            self.blame(&failure).await;
            match self.weigh(failure) {
                Disposition::OtherKey => {}
                last if !self.has_fallback() && self.may_wait_for_limits(last) => {}
                Disposition::Restart => {
                    if let Err(stop) = Box::pin(self.restart()).await {
                        return Box::pin(self.stop(stop)).await;
                    }
                }
                last if self.may_fall_back(last) => {
                    if self.received.has_text()
                        && let Err(stop) = Box::pin(self.restart()).await
                    {
                        return Box::pin(self.stop(stop)).await;
                    }
                    self.turn_to_fallback();
                }
                last => return Box::pin(self.conclude(last)).await,
            }
        }
    }

    /// Tells the control plane and the viewers that the attempt begins, once.
    fn announce(&mut self) {
        if std::mem::replace(&mut self.is_announced, true) {
            return;
        }
        let (attempt, job) = (self.attempt(), self.task.job);
        let at = self.started_at;
        if attempt == 1 {
            let waited = (at - job.created_at).to_std().unwrap_or_default();
            instruments::job_began(self.task.lane.name.as_str(), waited);
        }
        let started = Started { v: REPORT_VERSION, generation_id: job.generation_id, attempt, at };
        self.desk.tell_started(self.task.reporter().started(started));
        let (status, model) = (Status::Streaming, self.task.model.to_owned());
        self.desk.journal.add(Event::Status { status, attempt, model });
    }

    /// Tells the pool how the key did, and does not take it again where another may do better.
    async fn blame(&mut self, failure: &CallFailure) {
        tracing::info!(
            class = %failure.class, status = failure.status, retry_after = ?failure.retry_after,
            key = self.key.as_ref().map(KeyId::as_str), message = failure.message, "a call failed"
        );
        let verdict = disposition::verdict(failure, self.task.lane.key_cooldown);
        self.give_back(verdict).await;
        self.search.exclude(failure, self.key.as_ref());
    }

    /// Gives the lent key back, if one is lent.
    pub(super) async fn give_back(&mut self, verdict: Verdict) {
        let returned = self.received.returned(self.task.job, verdict);
        self.search.give_back(self.task.lane, returned).await;
    }

    /// Decides what is tried next.
    fn weigh(&mut self, failure: CallFailure) -> Disposition {
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
    fn may_wait_for_limits(&mut self, last: Disposition) -> bool {
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

    /// Whether a call is not made for want of time. The first one always is: without a failure there is
    /// nothing to wait for.
    fn is_out_of_time(&mut self) -> bool {
        let is_out = self.has_failed() && self.is_late();
        if is_out {
            self.trouble = self.trouble.take().or_else(|| self.earlier.take());
        }
        is_out
    }

    /// Nothing is left to try here: what is left is to wait or to fail.
    async fn give_up(mut self) -> End {
        if self.trouble.is_none() {
            self.trouble =
                Some(CallFailure::new(ErrorClass::InvalidKey, words::NO_USABLE_KEY_WORDS));
            self.search.found_none();
        }
        let has_untried_keys = self.is_late() && self.search.has_other_keys(self.task.lane);
        let last = self.decide(has_untried_keys, u32::MAX);
        self.conclude(last).await
    }

    async fn conclude(mut self, last: Disposition) -> End {
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

    /// Opens the next attempt in this worker's own place. The log hands out its number and what the
    /// ended attempt wrote, which is reported together with the next one.
    async fn restart(&mut self) -> Result<(), Stop> {
        self.desk.journal.flush().await?;
        let task = self.task;
        let next = self.attempt() + 1;
        // Not given up for a wish to stop: if it succeeds unheard, nobody is left to seal the log.
        let takeover = Takeover::Own { fence: self.desk.journal.writer().fence };
        let opened = task.lane.unless_handed_back(task.open(next, true, takeover)).await;
        let opened = opened.ok_or(Stop::HandBack)?.map_err(|_| Stop::Unavailable)?;
        let (opening, is_canceled) = match opened {
            Opened::Writing(opening) => (opening, false),
            Opened::Canceled(opening) => (opening, true),
            Opened::Sealed(_) | Opened::Parked(_) | Opened::HeldBy { .. } => {
                return Err(Stop::Fenced);
            }
        };
        self.desk.told_started().await;
        self.desk = Desk::new(&task, journal(&task, &opening));
        self.started_at = task.lane.now();
        self.is_announced = false;
        self.received = Received::default();
        self.inherited = opening.inherited;
        if is_canceled {
            return Err(Stop::Canceled);
        }
        let reason = self.trouble.as_ref().map_or(words::WORKER_LOST, |t| t.class.code());
        self.void(reason);
        Ok(())
    }

    /// Voids the text of earlier attempts, if viewers may have seen some.
    fn void(&mut self, reason: &str) {
        let next_seq = self.desk.journal.next_seq();
        let voided = text_to_void(&self.inherited, next_seq, self.task.job.last_seq);
        if voided.is_some() {
            let (attempt, reason) = (self.attempt(), reason.to_owned());
            let discard_from_seq = voided;
            let retry = Event::Retry { attempt, discard_from_seq, reason, retry_at: None };
            self.desk.journal.add(retry);
        }
    }
}

fn journal(task: &Task<'_>, opening: &Opening) -> Journal {
    let log = std::sync::Arc::clone(&task.lane.ports.log_writer);
    let streaming = task.lane.load.enter();
    Journal::new(log, opening.writer.clone(), opening.next_seq, task.lane.limits, streaming)
}

/// The number from which on text is void that an attempt nobody reported may have shown.
///
/// Text up to `reported` was voided by the attempt that parked.
fn text_to_void(inherited: &[LogEntry], next_seq: u64, reported: u64) -> Option<u64> {
    let last = inherited.last().map_or(reported, |entry| entry.seq);
    if next_seq > last + 1 {
        // Entries are missing: the log was lost, and what it held is unknown.
        return Some(reported + 1);
    }
    let entries = inherited.iter().map(|entry| (entry.seq, &entry.json));
    let first_live = |live: Option<u64>, entry: &SeqEvent| match &entry.event {
        Event::Delta { .. } => live.or(Some(entry.seq)),
        Event::Retry { discard_from_seq: Some(from), .. } => live.filter(|seq| seq < from),
        _ => live,
    };
    reports::decode(entries).iter().fold(None, first_live)
}

#[cfg(test)]
mod tests;
