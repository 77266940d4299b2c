//! Jobs whose attempt is over already: its report is published again, the provider is not asked.

use ::ports::live::{ParkedLog, SealedLog};
use domain::{attempt::Outcome, failure::Failure, report::Ended, unreadable::Unreadable};

use super::{End, Task, words};
use crate::reports::Note;

impl Task<'_> {
    /// The answer is there, but whether the control plane heard of it is not known.
    pub(super) async fn republish_sealed(self, log: SealedLog) -> End {
        let Some(note) = log.note.as_deref() else {
            // The control plane ended the log itself, so there is nothing to tell it.
            return End::Ack;
        };
        let note = match serde_json::from_slice::<Note>(note) {
            Ok(note) => note,
            Err(error) => return unreadable(error.into()),
        };
        tracing::info!(outcome = note.ended.outcome.name(), "reporting an ended attempt again");
        let report = if_it_is_there(&note, note.report(&log.entries));
        let reported = self.published(self.reporter().ended(report)).await;
        match note.dead_letter {
            Some(why) if reported == End::Ack => End::DeadLetter(why),
            _ => reported,
        }
    }

    /// The next attempt was arranged, but whether its job was published is not known.
    pub(super) async fn republish_parked(self, log: ParkedLog) -> End {
        let note = match serde_json::from_slice::<Note>(&log.note) {
            Ok(note) => note,
            Err(error) => return unreadable(error.into()),
        };
        tracing::info!(next_attempt = log.next_attempt, "reporting a parked attempt again");
        let reported = self.published(self.reporter().ended(note.report(&log.entries))).await;
        if reported != End::Ack {
            return reported;
        }
        let Outcome::RetryIn { at, .. } = note.ended.outcome else { return End::Ack };
        let delay = (at - self.lane.now()).to_std().unwrap_or_default();
        let next = self.job.next(log.next_attempt, note.retries, note.ended.last_seq);
        self.published(self.reporter().next_job(&next, delay)).await
    }
}

/// `report`, unless the text of its answer is gone: a log tells longer how it ended than what was in it. Whoever still
/// asks then has lost its own note of the answer, and must not take nothing for one.
fn if_it_is_there(note: &Note, report: Ended) -> Ended {
    let is_gone = report.events.is_empty() && note.ended.last_seq > note.after;
    match report.outcome {
        Outcome::Succeeded { .. } if is_gone => {
            let (code, message) =
                (words::WORKER_LOST.to_owned(), words::WORKER_LOST_WORDS.to_owned());
            Ended { outcome: Outcome::Failed(Failure { code, message }), ..report }
        }
        _ => report,
    }
}

/// Only a later version can have written such a note; it may be able to read it.
fn unreadable(error: Unreadable) -> End {
    tracing::error!(%error, "the note of an ended attempt cannot be read");
    End::DeadLetter("the note of an ended attempt cannot be read".to_owned())
}
