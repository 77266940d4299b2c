//! One log: who writes it, how far it has come, and what follows from that. No waiting, no locks.

mod ending;
mod expiry;
mod opening;
mod writing;

use bytes::Bytes;
use domain::time::Timestamp;
use ports::live::{LogEntry, LogPhase, LogRead};

pub(super) use self::writing::Batch;

/// How far a log has come, with what belongs to it.
#[derive(Debug, Default)]
enum Phase {
    /// Not begun, or forgotten.
    #[default]
    Blank,
    /// Somebody writes, or died while writing.
    Held(opening::Holder),
    /// It waits for a later attempt.
    Parked { entries_after: u64, note: Bytes },
    /// Workers are done with it.
    Sealed { note: Bytes },
    /// The terminal events are in.
    Concluded { note: Option<Bytes> },
}

/// Whether the writer still has to bring back what was lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Recovery {
    /// No.
    #[default]
    None,
    /// Yes, and it does not know yet.
    Restored,
    /// Yes, and it was told.
    Told,
}

impl Recovery {
    fn told(self) -> Self {
        if self == Self::None { Self::None } else { Self::Told }
    }
}

/// One log.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// The number before the first entry kept.
    base: u64,
    entries: Vec<Bytes>,
    /// How many bytes they have together.
    bytes: u64,
    /// How many of the entries, at the end, are terminal.
    terminal: usize,
    phase: Phase,
    canceled: bool,
    /// The lowest attempt that may be opened next.
    next_attempt: u32,
    /// The fence of the last opening.
    fence: u64,
    /// The last number that a parking attempt took into its report.
    reported: u64,
    recovery: Recovery,
    /// The last number that, as a writer said, was in the log.
    claimed: u64,
    touched: Option<Timestamp>,
    expiry: Option<expiry::Expiry>,
}

impl Log {
    /// The number of the last entry, kept or not.
    pub(super) fn last(&self) -> u64 {
        self.base + self.entries.len() as u64
    }

    /// Whether there is nothing worth keeping.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self.phase, Phase::Blank) && !self.canceled
    }

    /// Whether nothing can follow any more.
    pub(super) fn is_concluded(&self) -> bool {
        matches!(self.phase, Phase::Concluded { .. })
    }

    /// Up to `limit` entries numbered greater than `after`.
    pub(super) fn entries(&self, after: u64, limit: usize) -> Vec<LogEntry> {
        let skip = usize::try_from(after.saturating_sub(self.base)).unwrap_or(usize::MAX);
        let Some(kept) = self.entries.get(skip..) else { return Vec::new() };
        let numbers = self.base + 1 + skip as u64..;
        kept.iter()
            .take(limit)
            .zip(numbers)
            .map(|(json, seq)| LogEntry { seq, json: json.clone() })
            .collect()
    }

    /// See `EventLog::read`.
    pub(super) fn read(&self, after: u64, limit: usize) -> LogRead {
        let phase = self.shown_phase();
        let is_missing = phase == LogPhase::Missing;
        let last_seq = if is_missing { 0 } else { self.last().max(self.claimed) };
        LogRead { entries: self.entries(after, limit), phase, last_seq }
    }

    fn shown_phase(&self) -> LogPhase {
        match self.phase {
            _ if self.is_tombstone() => LogPhase::Missing,
            Phase::Blank => LogPhase::Missing,
            Phase::Held(_) | Phase::Parked { .. } => LogPhase::Open,
            Phase::Sealed { .. } => LogPhase::Sealed,
            Phase::Concluded { .. } => LogPhase::Concluded,
        }
    }

    /// Notes that somebody still cares.
    pub(super) fn touch(&mut self, now: Timestamp) {
        self.touched = Some(now);
    }

    /// Begins anew: the next entry is the one after `number`.
    fn begin_after(&mut self, number: u64) {
        self.base = number;
        self.reported = number;
        (self.entries, self.bytes) = (Vec::new(), 0);
        self.terminal = 0;
    }
}
