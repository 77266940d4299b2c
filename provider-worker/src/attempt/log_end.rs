//! The last entries of a log: it is sealed, or parked until the next attempt.

use ::ports::live::{LiveError, Parked, Sealing};

use super::{desk::Desk, session::Session};
use crate::{flush::Stop, patience::persist, reports::Note};

impl Session<'_> {
    /// Waits for the write under way, and makes an event of what text there is.
    pub(super) async fn quiet(&mut self) -> Result<(), Stop> {
        let Desk { journal, news, .. } = &mut self.desk;
        let landed = self.task.lane.unless_handed_back(news.beside(journal.land())).await;
        journal.close_text();
        landed.unwrap_or(Err(Stop::HandBack))
    }

    pub(super) async fn write_seal(&mut self, note: &Note) -> Result<(), Stop> {
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

    pub(super) async fn write_park(&mut self, note: &Note, next_attempt: u32) -> Result<(), Stop> {
        (self.may_have_ended, self.may_have_parked) = (true, true);
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
                Some(Ok(Parked::Full)) => return Err(Stop::Full),
                Some(Ok(Parked::Lost { last_seq })) => journal.rewind(last_seq)?,
                Some(Err(error)) => return Err(unwritable(&error)),
                None => return Err(Stop::HandBack),
            }
        }
    }
}

fn unwritable(error: &LiveError) -> Stop {
    tracing::error!(%error, "cannot end the log");
    Stop::Unavailable
}
