//! Jobs whose attempt is over already: its report is published again, the provider is not asked.

use ::ports::live::{ParkedLog, SealedLog};
use domain::attempt::Outcome;

use super::{End, Task};
use crate::{reports::Note, unreadable::Unreadable};

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
        let reported = self.published(self.reporter().ended(note.report(&log.entries))).await;
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

/// Only a later version can have written such a note; it may be able to read it.
fn unreadable(error: Unreadable) -> End {
    tracing::error!(%error, "the note of an ended attempt cannot be read");
    End::DeadLetter("the note of an ended attempt cannot be read".to_owned())
}
