//! What the writer may do, and does.

use bytes::Bytes;
use domain::time::Timestamp;
use ports::live::{Appended, Parked, Sealing, Writer};

use super::{Log, Phase, Recovery, opening::Holder};

/// For how many more entries room is made at least.
const LEAST_ROOM: usize = 32;

/// What a writer may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Write.
    Writing,
    /// Only end the log.
    Canceled,
    /// Nothing: it has parked the log before.
    Parked,
    /// Nothing: it has sealed the log before.
    Sealed,
    /// Nothing: somebody else writes, or the log is ended.
    Fenced,
}

/// Why nothing was written.
#[derive(Debug, Clone, Copy)]
enum Refusal {
    /// The log ends at this number.
    Lost(u64),
    /// It would be too large.
    Full,
}

/// Entries on their way in.
#[derive(Debug, Clone, Copy)]
pub(in crate::log) struct Batch<'a> {
    /// The number of the first.
    pub(in crate::log) first_seq: u64,
    /// The entries.
    pub(in crate::log) events: &'a [Bytes],
}

impl Log {
    /// See `LogWriter::append`.
    pub(in crate::log) fn append(
        &mut self,
        writer: &Writer,
        batch: Batch<'_>,
        now: Timestamp,
    ) -> Appended {
        match self.standing(writer, batch, now) {
            Standing::Canceled => Appended::CancelRequested,
            Standing::Parked | Standing::Sealed | Standing::Fenced => Appended::Fenced,
            Standing::Writing => {
                let begins = !batch.events.is_empty();
                match self.write(batch, begins, writer.max_bytes) {
                    Ok(()) => Appended::Appended,
                    Err(Refusal::Lost(last_seq)) => Appended::Lost { last_seq },
                    Err(Refusal::Full) => Appended::Full,
                }
            }
        }
    }

    /// See `LogWriter::park`.
    pub(in crate::log) fn park(
        &mut self,
        writer: &Writer,
        batch: Batch<'_>,
        next_attempt: u32,
        note: Bytes,
        now: Timestamp,
    ) -> Parked {
        match self.standing(writer, batch, now) {
            Standing::Canceled => return Parked::CancelRequested,
            Standing::Parked => return Parked::Parked,
            Standing::Sealed | Standing::Fenced => return Parked::Fenced,
            Standing::Writing => {}
        }
        match self.write(batch, true, writer.max_bytes) {
            Ok(()) => {}
            Err(Refusal::Lost(last_seq)) => return Parked::Lost { last_seq },
            Err(Refusal::Full) => return Parked::Full,
        }
        self.phase = Phase::Parked { entries_after: self.reported, note };
        self.next_attempt = next_attempt.max(writer.attempt);
        self.reported = self.last();
        Parked::Parked
    }

    /// See `LogWriter::seal`.
    pub(in crate::log) fn seal(
        &mut self,
        writer: &Writer,
        batch: Batch<'_>,
        note: Bytes,
        now: Timestamp,
    ) -> Sealing {
        match self.standing(writer, batch, now) {
            Standing::Sealed => return Sealing::Sealed,
            Standing::Parked | Standing::Fenced => return Sealing::Fenced,
            Standing::Canceled | Standing::Writing => {}
        }
        // However large the log is: it must have an end.
        if let Err(Refusal::Lost(last_seq)) = self.write(batch, true, u64::MAX) {
            return Sealing::Lost { last_seq };
        }
        self.phase = Phase::Sealed { note };
        Sealing::Sealed
    }

    /// What `writer` may do. Renews the lease of the one that may write, and believes it what it has
    /// written before.
    fn standing(&mut self, writer: &Writer, batch: Batch<'_>, now: Timestamp) -> Standing {
        if matches!(self.phase, Phase::Blank) {
            self.restore(writer, now);
        }
        if writer.fence != self.fence {
            return Standing::Fenced;
        }
        match &mut self.phase {
            Phase::Held(holder) => holder.renew(now),
            Phase::Parked { .. } => return Standing::Parked,
            Phase::Sealed { .. } | Phase::Concluded { note: Some(_) } => return Standing::Sealed,
            Phase::Concluded { note: None } | Phase::Blank => return Standing::Fenced,
        }
        self.claimed = self.claimed.max(self.written_before(batch));
        if self.canceled { Standing::Canceled } else { Standing::Writing }
    }

    /// The last number that was in the log, by what its writer brings now. In a restored log even the
    /// batch itself may be a second try.
    fn written_before(&self, batch: Batch<'_>) -> u64 {
        let before = batch.first_seq.saturating_sub(1);
        match self.recovery {
            Recovery::None => before,
            Recovery::Restored | Recovery::Told => before + batch.events.len() as u64,
        }
    }

    /// Gives a log that is gone back to the one who wrote it: nobody has opened it since.
    fn restore(&mut self, writer: &Writer, now: Timestamp) {
        self.begin_after(0);
        self.hold(writer.attempt, writer.fence, Holder::unknown(now));
        self.recovery = Recovery::Restored;
    }

    /// Adds what is not there yet, if the log then has no more than `most` bytes.
    ///
    /// The writer of a restored log is told first that all is lost. What it brings then may begin
    /// anywhere (if it `begins` the log): it has nothing older.
    fn write(&mut self, batch: Batch<'_>, begins: bool, most: u64) -> Result<(), Refusal> {
        let next = self.last() + 1;
        if batch.first_seq > next {
            if self.recovery != Recovery::Told || !begins {
                self.recovery = self.recovery.told();
                return Err(Refusal::Lost(self.last()));
            }
            self.begin_after(batch.first_seq - 1);
        }
        self.recovery = Recovery::None;
        let there = usize::try_from((self.last() + 1).saturating_sub(batch.first_seq));
        let fresh = batch.events.get(there.unwrap_or(usize::MAX)..).unwrap_or_default();
        let bytes = self.bytes.saturating_add(size(fresh));
        if !fresh.is_empty() && bytes > most {
            return Err(Refusal::Full);
        }
        if self.entries.capacity() - self.entries.len() < fresh.len() {
            // By a quarter, not twofold: the room would be half of what a log takes.
            self.entries.reserve_exact(fresh.len().max(LEAST_ROOM).max(self.entries.len() / 4));
        }
        self.entries.extend_from_slice(fresh);
        self.bytes = bytes;
        Ok(())
    }
}

/// How many bytes `entries` have together.
pub(super) fn size(entries: &[Bytes]) -> u64 {
    entries.iter().map(|entry| entry.len() as u64).sum()
}
