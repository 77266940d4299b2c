//! The log as everybody else sees it.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::id::GenerationId;
use ports::live::{Concluded, EventLog, LiveError, LogBatches, LogEntry, LogPhase, LogRead};

use super::{ABANDONED_AFTER, LARGEST_SEQ, follow, reply::Entries};
use crate::{connect::RedisLive, error::Error, wait::millis};

/// What a log held at one moment.
pub(super) struct Page {
    phase: LogPhase,
    pub(super) last_seq: u64,
    pub(super) entries: Vec<LogEntry>,
    /// Nothing follows these, or any others if there are none.
    pub(super) is_over: bool,
}

impl RedisLive {
    pub(super) async fn page(
        &self,
        generation: GenerationId,
        after: u64,
        limit: u32,
    ) -> Result<Page, LiveError> {
        let mut run = self.on_log(&self.scripts.read, generation);
        run.arg(after.min(LARGEST_SEQ)).arg(limit);
        let (phase, is_over, last_seq, entries): (String, bool, u64, Entries) =
            self.connection.run(&run).await?;
        Ok(Page { phase: read_phase(&phase)?, last_seq, entries: entries.numbered(), is_over })
    }
}

fn read_phase(word: &str) -> Result<LogPhase, Error> {
    match word {
        "missing" => Ok(LogPhase::Missing),
        "open" => Ok(LogPhase::Open),
        "sealed" => Ok(LogPhase::Sealed),
        "concluded" => Ok(LogPhase::Concluded),
        other => Err(Error::unknown("phase", other)),
    }
}

#[async_trait]
impl EventLog for RedisLive {
    async fn read(
        &self,
        generation: GenerationId,
        after: u64,
        limit: u32,
    ) -> Result<LogRead, LiveError> {
        let Page { phase, last_seq, entries, .. } = self.page(generation, after, limit).await?;
        Ok(LogRead { entries, phase, last_seq })
    }

    async fn follow(&self, generation: GenerationId, after: u64) -> Result<LogBatches, LiveError> {
        Ok(follow::batches(self.clone(), generation, after))
    }

    async fn conclude(
        &self,
        generation: GenerationId,
        first_seq: u64,
        events: Vec<Bytes>,
    ) -> Result<Concluded, LiveError> {
        let mut run = self.on_log(&self.scripts.conclude, generation);
        run.arg(first_seq.clamp(1, LARGEST_SEQ))
            .arg(millis(ABANDONED_AFTER))
            .arg(self.names.channel(generation));
        for event in &events {
            run.arg(event.as_ref());
        }
        let is_new: bool = self.connection.run(&run).await?;
        Ok(if is_new { Concluded::Concluded } else { Concluded::Already })
    }

    async fn expire(
        &self,
        generation: GenerationId,
        entries: Duration,
        tombstone: Duration,
    ) -> Result<(), LiveError> {
        let mut run = self.on_log(&self.scripts.expire, generation);
        run.arg(millis(entries)).arg(millis(tombstone));
        Ok(self.connection.run(&run).await?)
    }
}
