//! The log of a generation's events, for those who read it and for the control plane that ends it.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::id::GenerationId;
use futures_util::stream::BoxStream;

use super::LiveError;

/// One entry: its number and the JSON of the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its number.
    pub seq: u64,
    /// `domain::event::Event` as JSON.
    pub json: Bytes,
}

/// How far a log has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogPhase {
    /// Nothing is known of it: not begun, expired or lost.
    Missing,
    /// More may come from workers.
    Open,
    /// No worker adds anything; the terminal events are still to come.
    Sealed,
    /// The terminal events are in; nothing follows.
    Concluded,
}

/// What a log held at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRead {
    /// The entries asked for.
    pub entries: Vec<LogEntry>,
    /// How far the log had come.
    pub phase: LogPhase,
    /// The number of the last entry of the log, or of a later one that was lost, as far as the log
    /// knows: from its writer, or because it began beyond an earlier log. 0 for a missing one.
    pub last_seq: u64,
}

/// What became of the terminal events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concluded {
    /// They are in, and nothing can follow.
    Concluded,
    /// They had been in before; nothing changed.
    Already,
}

/// Batches of entries as they come, none of them empty.
pub type LogBatches = BoxStream<'static, Result<Vec<LogEntry>, LiveError>>;

/// The log of a generation's events, for those who read it and for the control plane that ends it.
///
/// ```text
///   base+1 … n        written by workers through `LogWriter`, fenced
///   n+1 … n+m         the terminal events, written once by `conclude`
/// ```
///
/// Numbers are gapless. They begin at 1, unless an earlier log of the generation was lost: then they
/// begin beyond everything it may have held, so that no number is ever seen with two contents.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// The entries numbered greater than `after`, in order, at most `limit`.
    async fn read(
        &self,
        generation: GenerationId,
        after: u64,
        limit: u32,
    ) -> Result<LogRead, LiveError>;

    /// The entries numbered greater than `after`, in order, without gap or repetition, those there
    /// already and those to come; ends after the terminal events, at once if these have expired. A log
    /// that has not begun is waited for. Reading slowly costs no memory: nothing is queued per follower.
    async fn follow(&self, generation: GenerationId, after: u64) -> Result<LogBatches, LiveError>;

    /// Writes the terminal events, the first of them numbered `first_seq`, and ends the log for good,
    /// sealed or not. Happens once; a missing log begins with these events. If the log holds entries
    /// with such numbers already, these stay, and the terminal events come after them; if it ends
    /// before, what is missing stays missing.
    async fn conclude(
        &self,
        generation: GenerationId,
        first_seq: u64,
        events: Vec<Bytes>,
    ) -> Result<Concluded, LiveError>;

    /// Forgets the entries after `entries`. That the log was ended is remembered for `tombstone`
    /// (counted from now as well), so that a late job finds it; of a log not ended nothing is.
    async fn expire(
        &self,
        generation: GenerationId,
        entries: Duration,
        tombstone: Duration,
    ) -> Result<(), LiveError>;
}
