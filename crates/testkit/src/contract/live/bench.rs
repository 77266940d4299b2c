//! What every case works with.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use domain::id::GenerationId;
use futures_util::StreamExt;
use ports::live::{
    Appended, Cancels, Controls, EventLog, KeyPool, Limits, LogBatches, LogEntry, LogPhase,
    LogRead, LogWriter, Notices, OpenRequest, Opened, Opening, Parked, Sealing, Takeover, Writer,
};

use super::super::waiting::{Advance, Guard, next, soon};
use crate::{clock::epoch, log};

/// The live side to be tried, and how to let time pass for it.
pub struct LiveUnderTest {
    /// The event logs, for their writers.
    pub log_writer: Arc<dyn LogWriter>,
    /// The same event logs, for everybody else.
    pub event_log: Arc<dyn EventLog>,
    /// Wishes to stop writing them.
    pub cancels: Arc<dyn Cancels>,
    /// A key pool.
    pub keys: Arc<dyn KeyPool>,
    /// Limits.
    pub limits: Arc<dyn Limits>,
    /// What operators want of workers.
    pub controls: Arc<dyn Controls>,
    /// News for users' pages.
    pub notices: Arc<dyn Notices>,
    /// How long a writer keeps its log without a word. Short, where time really passes.
    pub lease: Duration,
    /// Lets time pass.
    pub advance: Advance,
    /// Kept until the case is over.
    pub guard: Guard,
}

/// A generation unlike any other.
pub(super) fn generation() -> GenerationId {
    GenerationId::generate(epoch())
}

/// A first job's wish to write.
pub(super) fn request(generation: GenerationId, attempt: u32) -> OpenRequest {
    let worker = "worker-1".to_owned();
    OpenRequest { attempt, worker, ..log::request(generation) }
}

/// A redelivered job's wish to write.
pub(super) fn redelivered(generation: GenerationId, attempt: u32) -> OpenRequest {
    let worker = "worker-2".to_owned();
    OpenRequest { attempt, worker, redelivered: true, ..log::request(generation) }
}

/// `request`, when the writer with that `fence` is taken for gone.
pub(super) fn takes_over(request: OpenRequest, fence: u64) -> OpenRequest {
    OpenRequest { takeover: Takeover::Gone { fence }, ..request }
}

/// Events that say `words`.
pub(super) fn events(words: &[&str]) -> Vec<Bytes> {
    words.iter().map(|word| Bytes::from(format!("{{\"{word}\":1}}"))).collect()
}

/// Entries numbered from `first_seq` on that say `words`.
pub(super) fn entries(first_seq: u64, words: &[&str]) -> Vec<LogEntry> {
    let numbers = first_seq..;
    numbers.zip(events(words)).map(|(seq, json)| LogEntry { seq, json }).collect()
}

/// What whoever comes after should find.
pub(super) fn note() -> Bytes {
    Bytes::from_static(b"{\"outcome\":\"as it was\"}")
}

/// The right to write, if it was given.
pub(super) fn writing(opened: Opened) -> Opening {
    match opened {
        Opened::Writing(opening) => opening,
        other => panic!("the log should have been given, but {other:?}"),
    }
}

impl LiveUnderTest {
    pub(super) async fn ask(&self, request: &OpenRequest) -> Opened {
        self.log_writer.open(request).await.unwrap()
    }

    /// What a redelivered job gets whose worker is gone.
    pub(super) async fn ask_again(&self, request: OpenRequest) -> Opened {
        log::take_over(&*self.log_writer, request).await
    }

    /// Opens a new log for its first attempt.
    pub(super) async fn begin(&self, generation: GenerationId) -> Opening {
        writing(self.ask(&request(generation, 1)).await)
    }

    /// Opens a log whose worker is gone.
    pub(super) async fn take_over(&self, generation: GenerationId, attempt: u32) -> Opening {
        writing(self.ask_again(redelivered(generation, attempt)).await)
    }

    pub(super) async fn append(&self, writer: &Writer, first_seq: u64, words: &[&str]) -> Appended {
        self.log_writer.append(writer, first_seq, &events(words)).await.unwrap()
    }

    /// Appends, and fails if it is refused.
    pub(super) async fn write(&self, writer: &Writer, first_seq: u64, words: &[&str]) {
        assert_eq!(self.append(writer, first_seq, words).await, Appended::Appended);
    }

    pub(super) async fn park(
        &self,
        writer: &Writer,
        first_seq: u64,
        words: &[&str],
        next_attempt: u32,
    ) -> Parked {
        let events = events(words);
        self.log_writer.park(writer, first_seq, &events, next_attempt, note()).await.unwrap()
    }

    pub(super) async fn seal(&self, writer: &Writer, first_seq: u64, words: &[&str]) -> Sealing {
        self.log_writer.seal(writer, first_seq, &events(words), note()).await.unwrap()
    }

    /// Begins a log, writes `words` and seals it.
    pub(super) async fn sealed(&self, generation: GenerationId, words: &[&str]) -> Writer {
        let writer = self.begin(generation).await.writer;
        assert_eq!(self.seal(&writer, 1, words).await, Sealing::Sealed);
        writer
    }

    /// Writes the terminal events, and fails if they had been in before.
    pub(super) async fn conclude(&self, generation: GenerationId, first_seq: u64, words: &[&str]) {
        let concluded = self.event_log.conclude(generation, first_seq, events(words)).await;
        assert_eq!(concluded.unwrap(), ports::live::Concluded::Concluded);
    }

    pub(super) async fn read(&self, generation: GenerationId) -> LogRead {
        self.event_log.read(generation, 0, u32::MAX).await.unwrap()
    }

    /// All entries there are.
    pub(super) async fn entries(&self, generation: GenerationId) -> Vec<LogEntry> {
        self.read(generation).await.entries
    }

    pub(super) async fn phase(&self, generation: GenerationId) -> LogPhase {
        self.read(generation).await.phase
    }

    pub(super) async fn expire(&self, generation: GenerationId, entries: Duration, end: Duration) {
        self.event_log.expire(generation, entries, end).await.unwrap();
    }

    /// Makes the live side forget an open log, as a server does that was wiped.
    pub(super) async fn lose(&self, generation: GenerationId) {
        self.expire(generation, Duration::ZERO, Duration::ZERO).await;
        (self.advance)(Duration::from_millis(20)).await;
        assert_eq!(self.phase(generation).await, LogPhase::Missing);
    }

    pub(super) async fn follow(&self, generation: GenerationId, after: u64) -> LogBatches {
        self.event_log.follow(generation, after).await.unwrap()
    }
}

/// The next `count` entries; fails if an empty batch comes, or more of them.
pub(super) async fn followed(batches: &mut LogBatches, count: usize) -> Vec<LogEntry> {
    let mut entries = Vec::new();
    while entries.len() < count {
        let batch = next(batches).await.unwrap();
        assert!(!batch.is_empty(), "an empty batch");
        entries.extend(batch);
    }
    assert_eq!(entries.len(), count, "{entries:?}");
    entries
}

/// All entries until the stream ends.
pub(super) async fn followed_to_the_end(batches: LogBatches) -> Vec<LogEntry> {
    let batches: Vec<_> = soon(batches.collect()).await;
    let batches = batches.into_iter().map(Result::unwrap);
    batches.inspect(|batch| assert!(!batch.is_empty(), "an empty batch")).flatten().collect()
}
