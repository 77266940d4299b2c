//! The log as everybody else sees it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use domain::id::GenerationId;
use ports::live::{Concluded, EventLog, LiveError, LogBatches, LogPhase, LogRead};

use super::{MemoryLog, follow};

#[async_trait]
impl EventLog for MemoryLog {
    async fn read(
        &self,
        generation: GenerationId,
        after: u64,
        limit: u32,
    ) -> Result<LogRead, LiveError> {
        let Some(slot) = self.table.find(generation) else {
            return Ok(LogRead { entries: Vec::new(), phase: LogPhase::Missing, last_seq: 0 });
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(slot.with(self.clock.now(), |log| log.read(after, limit)))
    }

    async fn follow(&self, generation: GenerationId, after: u64) -> Result<LogBatches, LiveError> {
        Ok(follow::batches(self.table.slot(generation), Arc::clone(&self.clock), after))
    }

    async fn conclude(
        &self,
        generation: GenerationId,
        first_seq: u64,
        events: Vec<Bytes>,
    ) -> Result<Concluded, LiveError> {
        Ok(self.change(generation, |log, _| log.conclude(first_seq, events)))
    }

    async fn expire(
        &self,
        generation: GenerationId,
        entries: Duration,
        tombstone: Duration,
    ) -> Result<(), LiveError> {
        if let Some(slot) = self.table.find(generation) {
            let now = self.clock.now();
            slot.with(now, |log| log.expire(now, entries, tombstone));
        }
        Ok(())
    }
}
