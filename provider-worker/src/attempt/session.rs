//! One delivery's attempts, from the opened log to the end.

use std::time::Duration;

use ::ports::live::{LogEntry, Opening};
use domain::{
    event::Event,
    failure::CallFailure,
    generation::Status,
    key::{KeyId, NoKeyReason, Verdict},
    report::{REPORT_VERSION, Started},
    time::Timestamp,
    usage::Usage,
};
use tokio::time::Instant;

use super::{
    End, Task, call::Called, desk::Desk, lending::Search, length::Length, received::Received,
    restart::journal, shortage::Instead, trouble::Trouble, words,
};
use crate::{
    disposition::{self, Disposition},
    lane::Lane,
};

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
    /// What all calls of the model that was asked last have cost together.
    pub(super) spent: Option<Usage>,
    /// What those of the models before it have cost.
    pub(super) spent_before: Option<Usage>,
    /// How often that was told of a model before it.
    pub(super) parts_told: u32,
    /// Whether the log may hold the end of the attempt, with what was spent.
    pub(super) may_have_ended: bool,
    /// Whether the log may wait for the next attempt already.
    pub(super) may_have_parked: bool,
    /// What keeps the model from answering: of what its keys said, that which may be over soonest.
    pub(super) trouble: Option<Trouble>,
    /// Of the troubles with earlier models of the chain, that which may be over soonest.
    pub(super) earlier: Option<Trouble>,
    /// For how long keys rest, of all models of the chain so far those that are free soonest.
    pub(super) rest: Option<(Duration, NoKeyReason)>,
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
            due: task.began + task.lane.limits.delivery,
            is_announced: false,
            search: Search::default(),
            asked: None,
            key: None,
            received: Received::default(),
            spent: None,
            spent_before: None,
            parts_told: 0,
            may_have_ended: false,
            may_have_parked: false,
            trouble: None,
            earlier: None,
            rest: None,
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

    /// The attempt that the job asks for if it is put off.
    ///
    /// Of an attempt that has begun the control plane knows the number, and settles no end that bears a smaller one. The
    /// log knows how far the attempts have come, but may be lost by then, and would count from what the job says: so it
    /// says the next one. Not after a park that may have come about: whoever comes with the next number begins it, and
    /// only with the one before is told by the log what is to be reported of the attempt that parked.
    pub(super) fn next_if_put_off(&self) -> u32 {
        let is_over = self.is_announced && !self.may_have_parked;
        self.attempt() + u32::from(is_over)
    }

    /// How long an answer of the model that is asked now may be.
    pub(super) fn length(&self) -> Length {
        let Task { lane, model, job, .. } = self.task;
        Length::of(job, lane.max_output(model))
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
                Ok(Ok(_)) if self.is_out_of_time() => {
                    self.search.return_unused(self.task.lane).await;
                    return Box::pin(self.give_up()).await;
                }
                Ok(Ok(loan)) => loan,
                Ok(Err(none)) => match self.without_key(none) {
                    Instead::NextModel | Instead::AllKeys => continue,
                    Instead::Wait(wait, why) => {
                        return Box::pin(self.wait_for_key(wait, why)).await;
                    }
                    Instead::GiveUp => return Box::pin(self.give_up()).await,
                },
                Err(stop) => return Box::pin(self.stop(stop)).await,
            };
            self.announce();
            self.begin_to_ask(&loan);
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
                Disposition::Restart => {
                    if let Err(stop) = Box::pin(self.restart()).await {
                        return Box::pin(self.stop(stop)).await;
                    }
                }
                _ if self.is_limit_short() => self.search.take_all_again(),
                last if self.may_fall_back(last) => {
                    if self.received.has_text()
                        && let Err(stop) = Box::pin(self.restart()).await
                    {
                        return Box::pin(self.stop(stop)).await;
                    }
                    self.turn_to_fallback();
                }
                _ if self.may_wait_for_limits() => self.search.take_all_again(),
                _ => return Box::pin(self.give_up()).await,
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
        // Whatever its number is: that of a job which came back before anybody began it is a later one.
        if job.attempt == 1 && self.inherited.is_empty() {
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
        if let Some(key) = &self.key {
            self.search.failed(failure, key);
        }
    }

    /// Gives the lent key back, if one is lent.
    async fn give_back(&mut self, verdict: Verdict) {
        let returned = self.received.returned(self.task.job, verdict);
        self.search.give_back(self.task.lane, returned).await;
    }
}
