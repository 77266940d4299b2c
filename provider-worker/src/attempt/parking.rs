//! The end of an attempt that is followed by another one: the log is parked, and the next job waits.

use std::time::Duration;

use domain::{attempt::Outcome, event::Event, key::NoKeyReason};

use super::{End, session::Session, waiting::after};

/// A wait before the next attempt.
struct Pause {
    wait: Duration,
    reason: String,
    next_attempt: u32,
    uses_rung: bool,
}

impl Session<'_> {
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
}
