//! Another attempt in the worker's own place, and what becomes of the text before it.

use std::sync::Arc;

use ::ports::live::{LogEntry, Opened, Opening, Takeover};
use domain::event::{Event, SeqEvent};

use super::{Task, desk::Desk, received::Received, session::Session, trouble::Trouble, words};
use crate::{
    flush::{Journal, Stop},
    reports,
};

impl Session<'_> {
    /// Opens the next attempt in this worker's own place. The log hands out its number and what the
    /// ended attempt wrote, which is reported together with the next one.
    pub(super) async fn restart(&mut self) -> Result<(), Stop> {
        self.desk.flush().await?;
        let task = self.task;
        let next = self.attempt() + 1;
        // Not given up for a wish to stop: if it succeeds unheard, nobody is left to seal the log.
        let takeover = Takeover::Own { fence: self.desk.journal.writer().fence };
        // A copy of the log may lack what it had when this worker wrote to it last.
        let last_seq = task.job.last_seq.max(self.desk.journal.last_seq());
        let opening = task.open(next, last_seq, true, takeover);
        let opened = task.lane.unless_handed_back(opening).await;
        let opened = opened.ok_or(Stop::HandBack)?.map_err(|_| Stop::Unavailable)?;
        let (opening, is_canceled) = match opened {
            Opened::Writing(opening) => (opening, false),
            Opened::Canceled(opening) => (opening, true),
            Opened::Sealed(_) | Opened::Parked(_) | Opened::HeldBy { .. } => {
                return Err(Stop::Fenced);
            }
        };
        let desk = Desk::new(&task, journal(&task, &opening));
        let mut former = std::mem::replace(&mut self.desk, desk);
        self.desk.inherit_spent(&mut former);
        let telling = self.desk.news.beside(former.told_started());
        let is_told = task.lane.unless_handed_back(telling).await.is_some();
        self.started_at = task.lane.now();
        self.is_announced = false;
        self.received = Received::default();
        let known = std::mem::take(&mut self.inherited);
        let known = known.into_iter().chain(former.journal.entries()).collect();
        self.inherited = more_of(opening.inherited, known);
        if !is_told {
            return Err(Stop::HandBack);
        }
        if is_canceled {
            return Err(Stop::Canceled);
        }
        let reason = self.trouble.as_ref().map_or(words::WORKER_LOST, Trouble::code);
        self.void(reason);
        Ok(())
    }

    /// Voids the text of earlier attempts, if viewers may have seen some.
    pub(super) fn void(&mut self, reason: &str) {
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

/// The journal of the attempt that `opening` allows.
pub(super) fn journal(task: &Task<'_>, opening: &Opening) -> Journal {
    let log = Arc::clone(&task.lane.ports.log_writer);
    let (limits, load) = (task.lane.limits, task.lane.load.clone());
    Journal::new(log, opening.writer.clone(), opening.next_seq, limits, load)
}

/// Of what the log and this worker know of the attempts before, which is the same, that of which nothing was lost.
fn more_of(in_log: Vec<LogEntry>, known: Vec<LogEntry>) -> Vec<LogEntry> {
    if in_log.len() < known.len() { known } else { in_log }
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
