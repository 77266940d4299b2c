//! The end of an attempt: the log is sealed or parked, the control plane told, and only then the
//! delivery ended.

use std::time::Duration;

use ::ports::live::{LiveError, Loan, Parked, Sealing};
use domain::{
    attempt::{FinishReason, Outcome},
    event::Event,
    failure::Failure,
    key::{NoKeyReason, Verdict},
    report::{Ended, REPORT_VERSION, Spent},
};
use tokio::time::timeout;

use super::{End, Task, desk::Desk, lending::after, session::Session};
use crate::{
    flush::Stop,
    lane::Lane,
    patience::persist,
    reports::{self, Note},
};

/// How long a worker that ends tries to write what it has. What is not written is voided anyway.
const LAST_WRITE: Duration = Duration::from_secs(1);

/// A wait before the next attempt.
struct Pause {
    wait: Duration,
    reason: String,
    next_attempt: u32,
    uses_rung: bool,
}

impl Session<'_> {
    /// The answer is whole.
    pub(super) async fn succeed(self, finish: FinishReason) -> End {
        self.seal(Outcome::Succeeded { finish }, None).await
    }

    /// The user wishes to stop.
    pub(super) async fn cancel(self) -> End {
        self.seal(Outcome::Canceled, None).await
    }

    /// The answer grew beyond what is allowed.
    pub(super) async fn too_large(self) -> End {
        let limit = self.task.lane.limits.max_answer_bytes;
        let message = format!("The answer is longer than the allowed {limit} bytes.");
        self.fail(Failure::TOO_LARGE.to_owned(), message, None).await
    }

    /// No further try is made.
    pub(super) async fn fail(
        self,
        code: String,
        message: String,
        dead_letter: Option<String>,
    ) -> End {
        self.seal(Outcome::Failed(Failure { code, message }), dead_letter).await
    }

    /// Something else ended the attempt.
    pub(super) async fn stop(mut self, stop: Stop) -> End {
        match stop {
            Stop::Canceled => self.cancel().await,
            Stop::HandBack => {
                // The next worker voids this text; until then viewers have it.
                let _ = timeout(LAST_WRITE, self.desk.journal.flush()).await;
                tracing::info!("handing the job back");
                self.let_go(stop).await
            }
            Stop::Fenced | Stop::Unavailable => self.let_go(stop).await,
        }
    }

    /// Ends the delivery without an end of the attempt. What was spent is told, since nobody else knows.
    ///
    /// Whoever fenced this writer off has a delivery of its own (or is the control plane, which has
    /// ended the log), so this copy of the job is not needed. Releasing it would do harm: it would
    /// come back as one handed over before, and take the log from the one who rightly writes it. If
    /// the queue took this delivery away and gave it to that one, the ack goes nowhere.
    async fn let_go(mut self, stop: Stop) -> End {
        if let Some(spent) = self.spent_so_far(None) {
            self.desk.tell_spent(self.task.reporter().spent(spent));
        }
        self.give_back(Verdict::Silent).await;
        self.desk.told_spent().await;
        if stop != Stop::Fenced {
            return End::Release;
        }
        tracing::warn!("somebody else writes this log now");
        End::Ack
    }

    /// From now on this model is asked. What the one before it has spent is told under its own name: the end of the
    /// attempt names one model only.
    pub(super) fn begin_to_ask(&mut self, loan: &Loan) {
        let Task { lane, model, .. } = self.task;
        let (last_lane, last_model) = self.last_asked();
        let is_other = (&last_lane.name, last_model) != (&lane.name, model);
        if is_other && let Some(spent) = self.spent_so_far(Some(self.parts_told)) {
            self.desk.tell_spent(self.task.reporter().spent(spent));
            (self.spent, self.parts_told) = (None, self.parts_told + 1);
        }
        (self.asked, self.key) = (Some((lane, model)), Some(loan.key.clone()));
    }

    /// What was spent, if anything was. Without an end in the log nobody else books anything for this
    /// opening of it; with one, the same tokens may be booked from there.
    fn spent_so_far(&self, part: Option<u32>) -> Option<Spent> {
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

    /// Who was asked last; who would have been, if nobody was.
    fn last_asked(&self) -> (&Lane, &str) {
        self.asked.unwrap_or((self.task.lane, self.task.model))
    }

    /// The next attempt is due after `wait`.
    pub(super) async fn retry(self, wait: Duration, reason: String) -> End {
        let next_attempt = self.attempt() + 1;
        self.park(Pause { wait, reason, next_attempt, uses_rung: true }).await
    }

    /// This attempt is due again when there may be a key. None was called, so it is not used up: nobody
    /// was told that it began, and nothing is booked under its number.
    ///
    /// The rung may be shorter than the wait by as much as the next worker waits for a key itself:
    /// rungs are far apart, and a minute and a second must not become ten minutes.
    pub(super) async fn wait_for_key(self, wait: Duration, why: NoKeyReason) -> End {
        debug_assert!(!self.is_announced && self.spent.is_none());
        let lane = self.task.lane;
        let wait = lane.ladder.at_least(wait.saturating_sub(lane.limits.key_wait));
        let (reason, next_attempt) = (why.code().to_owned(), self.attempt());
        self.park(Pause { wait, reason, next_attempt, uses_rung: false }).await
    }

    async fn park(mut self, pause: Pause) -> End {
        let at = after(self.task.lane.now(), pause.wait);
        if let Err(stop) = self.quiet().await {
            return Box::pin(self.stop(stop)).await;
        }
        let voided = self.received.has_text().then_some(self.received.first_seq);
        self.desk.journal.add(Event::Retry {
            attempt: pause.next_attempt,
            discard_from_seq: voided,
            reason: pause.reason.clone(),
            retry_at: Some(at),
        });
        let retries = self.task.job.retries + u32::from(pause.uses_rung);
        let (reason, uses_rung) = (pause.reason, pause.uses_rung);
        let note = self.note(Outcome::RetryIn { at, reason, uses_rung }, retries, None);
        match self.write_park(&note, pause.next_attempt).await {
            Ok(()) => {}
            Err(stop) => {
                // The wait will not be: it must not void what the viewer has.
                self.desk.journal.take_back();
                return Box::pin(self.stop(stop)).await;
            }
        }
        failpoint::pass("worker.after_park").await;
        let reported = self.report(&note).await;
        if reported != End::Ack {
            return reported;
        }
        let next = self.task.job.next(pause.next_attempt, retries, note.ended.last_seq);
        let published = self.task.published(self.task.reporter().next_job(&next, pause.wait)).await;
        failpoint::pass("worker.after_retry_confirm").await;
        published
    }

    async fn seal(mut self, outcome: Outcome, dead_letter: Option<String>) -> End {
        match self.quiet().await {
            Ok(()) | Err(Stop::Canceled) => {}
            Err(stop) => return self.let_go(stop).await,
        }
        if let Some(usage) = self.spent {
            self.desk.journal.add(Event::Usage {
                input_tokens: usage.input_tokens,
                output_tokens: usage.output_tokens,
                source: usage.source,
            });
        }
        let note = self.note(outcome, self.task.job.retries, dead_letter);
        match self.write_seal(&note).await {
            Ok(()) => {}
            Err(stop) => return self.let_go(stop).await,
        }
        failpoint::pass("worker.after_seal").await;
        match (self.report(&note).await, note.dead_letter) {
            (End::Ack, Some(why)) => End::DeadLetter(why),
            (end, _) => end,
        }
    }

    /// Waits for the write under way, and makes an event of what text there is.
    async fn quiet(&mut self) -> Result<(), Stop> {
        let Desk { journal, news, .. } = &mut self.desk;
        let landed = self.task.lane.unless_handed_back(news.beside(journal.land())).await;
        journal.close_text();
        landed.unwrap_or(Err(Stop::HandBack))
    }

    async fn write_seal(&mut self, note: &Note) -> Result<(), Stop> {
        self.may_have_ended = true;
        let (log, writer) = (&self.task.lane.ports.log_writer, self.desk.journal.writer().clone());
        loop {
            let Desk { journal, news, .. } = &mut self.desk;
            let (first_seq, events) = journal.unwritten();
            let seal = || log.seal(&writer, first_seq, events, note.to_bytes());
            let sealing = persist(self.task.lane.limits.patience, "seal", seal);
            match self.task.lane.unless_handed_back(news.beside(sealing)).await {
                Some(Ok(Sealing::Sealed)) => return Ok(()),
                Some(Ok(Sealing::Fenced)) => return Err(Stop::Fenced),
                Some(Ok(Sealing::Lost { last_seq })) => journal.rewind(last_seq)?,
                Some(Err(error)) => return Err(unwritable(&error)),
                None => return Err(Stop::HandBack),
            }
        }
    }

    async fn write_park(&mut self, note: &Note, next_attempt: u32) -> Result<(), Stop> {
        self.may_have_ended = true;
        let (log, writer) = (&self.task.lane.ports.log_writer, self.desk.journal.writer().clone());
        loop {
            let Desk { journal, news, .. } = &mut self.desk;
            let (first_seq, events) = journal.unwritten();
            let park = || log.park(&writer, first_seq, events, next_attempt, note.to_bytes());
            let parking = persist(self.task.lane.limits.patience, "park", park);
            match self.task.lane.unless_handed_back(news.beside(parking)).await {
                Some(Ok(Parked::Parked)) => return Ok(()),
                Some(Ok(Parked::Fenced)) => return Err(Stop::Fenced),
                Some(Ok(Parked::CancelRequested)) => return Err(Stop::Canceled),
                Some(Ok(Parked::Lost { last_seq })) => journal.rewind(last_seq)?,
                Some(Err(error)) => return Err(unwritable(&error)),
                None => return Err(Stop::HandBack),
            }
        }
    }

    /// Tells the control plane what `note` says.
    async fn report(&mut self, note: &Note) -> End {
        let mut ended = note.ended.clone();
        let inherited = self.inherited.iter().map(|entry| (entry.seq, &entry.json));
        ended.events = reports::decode(inherited);
        ended.events.extend(self.desk.journal.numbered());
        tracing::info!(
            outcome = ended.outcome.name(),
            attempt = ended.attempt,
            last_seq = ended.last_seq,
            key = self.key.as_ref().map(domain::key::KeyId::as_str),
            "attempt ended"
        );
        self.desk.told_started().await;
        self.desk.told_spent().await;
        measure(self.task.lane.name.as_str(), &ended.outcome, note.retries);
        let end = self.task.published(self.task.reporter().ended(ended)).await;
        self.give_back(Verdict::Silent).await;
        end
    }

    fn note(&self, outcome: Outcome, retries: u32, dead_letter: Option<String>) -> Note {
        let job = self.task.job;
        let (lane, model) = self.last_asked();
        let journal = &self.desk.journal;
        let own_first = journal.first_seq().unwrap_or(journal.last_seq() + 1);
        let first = self.inherited.first().map_or(own_first, |entry| entry.seq);
        let ended = Ended {
            v: REPORT_VERSION,
            generation_id: job.generation_id,
            user_id: job.user_id,
            attempt: self.attempt(),
            outcome,
            provider: lane.name.clone(),
            model: model.to_owned(),
            key: self.key.clone(),
            usage: self.spent,
            started_at: self.started_at,
            ended_at: lane.now(),
            last_seq: journal.last_seq(),
            events: Vec::new(),
        };
        Note { ended, after: first - 1, retries, dead_letter }
    }
}

/// Counts the end of an attempt; `rung` is the one it waits on.
fn measure(pool: &str, outcome: &Outcome, rung: u32) {
    match outcome {
        Outcome::RetryIn { reason, uses_rung, .. } => {
            instruments::job_retried(pool, reason, if *uses_rung { rung } else { 0 });
        }
        Outcome::Failed(failure) => {
            instruments::job_completed(pool, outcome.name(), &failure.code);
        }
        Outcome::Succeeded { .. } | Outcome::Canceled => {
            instruments::job_completed(pool, outcome.name(), "");
        }
    }
}

fn unwritable(error: &LiveError) -> Stop {
    tracing::error!(%error, "cannot end the log");
    Stop::Unavailable
}
