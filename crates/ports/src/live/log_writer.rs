//! The log of a generation's events, for the one worker that writes it.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::id::{GenerationId, WishId};
use uuid::Uuid;

use super::{LiveError, LogEntry};

/// A worker wants to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRequest {
    /// Whose log.
    pub generation: GenerationId,
    /// The attempt the job asks for.
    pub attempt: u32,
    /// The last seq written before the job was published; see `domain::job::Job::last_seq`.
    pub last_seq: u64,
    /// Who wants to write, for operators.
    pub worker: String,
    /// The queue's message that the job came with. Whoever holds the log by the same message had it
    /// before the queue handed it over again.
    pub message: Uuid,
    /// Tells this wish from every other one. The same one again, since its answer was lost, gets the
    /// same right again.
    pub wish: WishId,
    /// The job was handed over before, so that the log should exist.
    pub redelivered: bool,
    /// Whose lease need not end first.
    pub takeover: Takeover,
    /// See [`Writer::max_bytes`].
    pub max_bytes: u64,
}

/// Whose lease need not end before somebody else writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takeover {
    /// Nobody's.
    No,
    /// The requester's own, for its next attempt.
    Own {
        /// That of its right so far.
        fence: u64,
    },
    /// That of a writer from whom the queue took the job, because it is gone or has given it back. It
    /// may be neither, and say so with [`LogWriter::go_on`].
    Gone {
        /// Of [`Opened::HeldBy`].
        fence: u64,
    },
}

/// The right to write, until somebody else gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// Whose log.
    pub generation: GenerationId,
    /// The attempt that writes.
    pub attempt: u32,
    /// Tells this opening from every other one of this generation, even after the log was lost.
    pub fence: u64,
    /// How many bytes the entries may take together, those of earlier attempts included.
    pub max_bytes: u64,
}

/// An opened log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The right to write.
    pub writer: Writer,
    /// The number of the next entry.
    pub next_seq: u64,
    /// The entries of earlier attempts that were neither parked nor sealed: their worker died before
    /// it could report them.
    pub inherited: Vec<LogEntry>,
}

/// A log to which no worker adds anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedLog {
    /// All entries, the terminal ones not included; empty if they expired.
    pub entries: Vec<LogEntry>,
    /// What the sealing worker left for whoever comes after; none if the log was concluded without
    /// one.
    pub note: Option<Bytes>,
}

/// A log that waits for a later attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedLog {
    /// The attempt it waits for.
    pub next_attempt: u32,
    /// The entries not reported before it was parked: those of the attempt that parked it, and those
    /// it inherited.
    pub entries: Vec<LogEntry>,
    /// What the parking worker left for whoever comes after.
    pub note: Bytes,
}

/// What became of the wish to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// Go on; every earlier writer is fenced off.
    Writing(Opening),
    /// The user asked to stop: nothing but `seal` is allowed.
    Canceled(Opening),
    /// The answer is there already, or can never come.
    Sealed(SealedLog),
    /// The job is of an attempt that is over, and the next one was arranged.
    Parked(ParkedLog),
    /// Somebody else is writing.
    HeldBy {
        /// Who.
        worker: String,
        /// For how long, unless they go on.
        lease: Duration,
        /// Their fence, if they have the log by the same message and have not said that they go on;
        /// see [`Takeover::Gone`]. None of a writer that has just brought a lost log back: it lives.
        gone: Option<u64>,
    },
}

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// The entries are in the log, and followers see them.
    Appended,
    /// Somebody else writes, or the log is ended. Nothing was written; stop.
    Fenced,
    /// The user asked to stop. Nothing was written; `seal` is still allowed.
    CancelRequested,
    /// The log holds less than it should: it ends at this number. Nothing was written. Append again
    /// everything after it, with the same numbers; numbers that can no longer be filled are left out.
    Lost {
        /// The last number in the log; 0 for none.
        last_seq: u64,
    },
    /// The log would become larger than it may. Nothing was written; `seal` is still allowed.
    Full,
}

/// What became of the last entries of a writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealing {
    /// They are in, and no worker adds anything.
    Sealed,
    /// See [`Appended::Fenced`].
    Fenced,
    /// See [`Appended::Lost`].
    Lost {
        /// The last number in the log; 0 for none.
        last_seq: u64,
    },
}

/// What became of the wish to pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parked {
    /// The entries are in, and the next attempt may open the log.
    Parked,
    /// See [`Appended::Fenced`].
    Fenced,
    /// See [`Appended::CancelRequested`].
    CancelRequested,
    /// See [`Appended::Lost`].
    Lost {
        /// The last number in the log; 0 for none.
        last_seq: u64,
    },
    /// See [`Appended::Full`].
    Full,
}

/// The log of a generation's events, for the one worker that writes it.
///
/// At any time one writer holds a log, under a lease that every call renews (a call soon after another
/// may leave it as it is). Opening fences off all earlier writers. Entries are numbered by the writer;
/// writing entries that are there already, with the same numbers, changes nothing, so a call whose
/// outcome is unknown can be made again.
///
/// Attempts pile up in one log, so what they write is bounded together. Only what ends the log is never
/// refused for its size.
#[async_trait]
pub trait LogWriter: Send + Sync {
    /// Asks for the right to write.
    ///
    /// The attempt written is the one asked for, or the one after the last one opened, whichever is
    /// later; an attempt that opened and was neither parked nor sealed is over. Of a job that was handed over before
    /// and has no log it is the one after that asked for, which may have begun in a log that was lost; but not of a
    /// writer that opens its own next attempt. A log parked for a
    /// later attempt than the one asked for answers `Parked`; a held one `HeldBy`, unless it is taken
    /// over from its holder or the lease has ended.
    ///
    /// A log that should exist (`last_seq` > 0, or a job handed over before) and does not, or that ends
    /// before `last_seq`, was lost: numbers then go on beyond everything it may have held.
    async fn open(&self, request: &OpenRequest) -> Result<Opened, LiveError>;

    /// Says that `writer` goes on although the queue has taken its job away: until its lease ends
    /// nobody takes the log over, nor from its next attempts. Changes nothing if somebody else has it by
    /// now, or nobody because it was lost.
    async fn go_on(&self, writer: &Writer) -> Result<(), LiveError>;

    /// Appends events, the first of them numbered `first_seq`. No events at all renews the lease.
    async fn append(
        &self,
        writer: &Writer,
        first_seq: u64,
        events: &[Bytes],
    ) -> Result<Appended, LiveError>;

    /// Appends the last events of an attempt that did not bring the answer, and lets go of the log
    /// until `next_attempt`. `note` is kept for a redelivered job of this attempt.
    async fn park(
        &self,
        writer: &Writer,
        first_seq: u64,
        events: &[Bytes],
        next_attempt: u32,
        note: Bytes,
    ) -> Result<Parked, LiveError>;

    /// Appends the last events a worker writes, and ends the log for workers, in one step. Also
    /// allowed when the user asked to stop, or the log is full. `note` is kept for a redelivered job.
    async fn seal(
        &self,
        writer: &Writer,
        first_seq: u64,
        events: &[Bytes],
        note: Bytes,
    ) -> Result<Sealing, LiveError>;
}
