//! The log as its writer sees it.

use async_trait::async_trait;
use bytes::Bytes;
use ports::live::{Appended, LiveError, LogWriter, OpenRequest, Opened, Parked, Sealing, Writer};

use super::{MemoryLog, state::Batch};

#[async_trait]
impl LogWriter for MemoryLog {
    async fn open(&self, request: &OpenRequest) -> Result<Opened, LiveError> {
        Ok(self.change(request.generation, |log, now| log.open(request, now, &self.numbers)))
    }

    async fn go_on(&self, writer: &Writer) -> Result<(), LiveError> {
        self.change(writer.generation, |log, _| log.go_on(writer));
        Ok(())
    }

    async fn append(
        &self,
        writer: &Writer,
        first_seq: u64,
        events: &[Bytes],
    ) -> Result<Appended, LiveError> {
        let batch = Batch { first_seq, events };
        Ok(self.change(writer.generation, |log, now| log.append(writer, batch, now)))
    }

    async fn park(
        &self,
        writer: &Writer,
        first_seq: u64,
        events: &[Bytes],
        next_attempt: u32,
        note: Bytes,
    ) -> Result<Parked, LiveError> {
        let batch = Batch { first_seq, events };
        let park = |log: &mut super::Log, now| log.park(writer, batch, next_attempt, note, now);
        Ok(self.change(writer.generation, park))
    }

    async fn seal(
        &self,
        writer: &Writer,
        first_seq: u64,
        events: &[Bytes],
        note: Bytes,
    ) -> Result<Sealing, LiveError> {
        let batch = Batch { first_seq, events };
        Ok(self.change(writer.generation, |log, now| log.seal(writer, batch, note, now)))
    }
}
