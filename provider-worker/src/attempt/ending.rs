//! The end of an attempt: the log is sealed or parked, the control plane told, and only then the
//! delivery ended.

use std::time::Duration;

use ::ports::queue::MAX_DELIVERIES;
use domain::{
    attempt::{FinishReason, Outcome},
    event::{self, Event},
    failure::Failure,
    key::Verdict,
    report::{Ended, REPORT_VERSION},
};
use tokio::time::timeout;

use super::{End, session::Session, words};
use crate::{
    flush::Stop,
    reports::{self, Note},
};

/// How long a worker that ends tries to write what it has. What is not written is voided anyway.
const LAST_WRITE: Duration = Duration::from_secs(1);

/// How long an attempt that ends without a report waits until it is told what was spent: the worker may have to
/// end, and has a few seconds for all its jobs.
const SPENT_PATIENCE: Duration = Duration::from_secs(1);

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

    /// So many attempts were broken off that there is no room for another one.
    pub(super) async fn log_full(self) -> End {
        let limit = self.task.lane.limits.max_log_bytes();
        let message =
            format!("The answers that were broken off take all of the allowed {limit} bytes.");
        self.fail(Failure::TOO_LARGE.to_owned(), message, None).await
    }

    /// The job has ended every worker that began it, and is not begun again.
    pub(super) async fn lose_no_more(self) -> End {
        let (code, message) = (words::WORKER_LOST.to_owned(), words::WORKER_LOST_WORDS.to_owned());
        let why =
            format!("handed over {MAX_DELIVERIES} times, and its worker was lost each time before");
        self.fail(code, message, Some(why)).await
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
            Stop::Full => Box::pin(self.log_full()).await,
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
        let returned = self.received.returned(self.task.job, Verdict::Silent);
        let returning = self.search.give_back(self.task.lane, returned);
        tokio::join!(returning, async {
            if timeout(SPENT_PATIENCE, self.desk.told_spent()).await.is_err() {
                tracing::warn!("ended before it was told what this attempt has spent");
            }
        });
        match stop {
            Stop::Fenced => {
                tracing::warn!("somebody else writes this log now");
                End::Ack
            }
            Stop::Unavailable => {
                let (next, has_begun) = (self.next_if_put_off(), self.desk.journal.last_seq() > 0);
                self.task.put_off(next, has_begun).await
            }
            Stop::HandBack | Stop::Canceled | Stop::Full => End::Release,
        }
    }

    async fn seal(mut self, outcome: Outcome, dead_letter: Option<String>) -> End {
        match self.quiet().await {
            // The end is written even so, and with it what had no room.
            Ok(()) | Err(Stop::Canceled | Stop::Full) => {}
            Err(stop) => return self.let_go(stop).await,
        }
        let is_told = outcome != Outcome::Canceled || self.is_told_of();
        if !is_told {
            self.desk.journal.forget_untold();
        }
        if let Some(usage) = self.spent_in_all().filter(|_| is_told) {
            self.desk.journal.add(Event::Usage {
                input_tokens: usage.input_tokens,
                output_tokens: usage.output_tokens,
                source: usage.source,
            });
        }
        let note = self.note(outcome, self.task.job.retries, dead_letter);
        // The call is over, and others may wait for its key; its viewers do not wait for that.
        let mut search = std::mem::take(&mut self.search);
        let returned = self.received.returned(self.task.job, Verdict::Silent);
        let returning = search.give_back(self.task.lane, returned);
        let (end, ()) = tokio::join!(self.seal_with(note), returning);
        end
    }

    /// Whether the log tells that this attempt is under way. If it did not when the wish to stop came into it, whoever
    /// wished has ended the generation with what it did tell: nobody is to see more of it than is kept.
    fn is_told_of(&self) -> bool {
        let inherited =
            reports::decode(self.inherited.iter().map(|entry| (entry.seq, &entry.json)));
        let inherited = inherited.into_iter().map(|entry| entry.event);
        event::under_way(inherited.chain(self.desk.journal.told())).is_some()
    }

    async fn seal_with(mut self, note: Note) -> End {
        if let Err(stop) = self.write_seal(&note).await {
            return self.let_go(stop).await;
        }
        failpoint::pass("worker.after_seal").await;
        match (self.report(&note).await, note.dead_letter) {
            (End::Ack, Some(why)) => End::DeadLetter(why),
            (end, _) => end,
        }
    }

    /// Tells the control plane what `note` says.
    pub(super) async fn report(&mut self, note: &Note) -> End {
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
        self.task.lane.unless_handed_back(self.desk.told_spent()).await;
        measure(self.task.lane.name.as_str(), &ended.outcome, note.retries);
        self.task.published(self.task.reporter().ended(ended)).await
    }

    pub(super) fn note(&self, outcome: Outcome, retries: u32, dead_letter: Option<String>) -> Note {
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
            usage_before: self.spent_before,
            started_at: self.started_at,
            ended_at: lane.now(),
            last_seq: journal.last_seq(),
            events: Vec::new(),
        };
        Note { ended, after: first - 1, retries, dead_letter }
    }
}

/// Counts an attempt that is to be repeated; `rung` is the one it waits on. Ends are counted by whoever commits them.
fn measure(pool: &str, outcome: &Outcome, rung: u32) {
    if let Outcome::RetryIn { reason, uses_rung, .. } = outcome {
        instruments::job_retried(pool, reason, if *uses_rung { rung } else { 0 });
    }
}
