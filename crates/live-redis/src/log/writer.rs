//! The log as its writer sees it.

use async_trait::async_trait;
use bytes::Bytes;
use ports::live::{Appended, LiveError, LogWriter, OpenRequest, Opened, Parked, Sealing, Writer};
use redis::{Script, ScriptInvocation};

use super::{ABANDONED_AFTER, LARGEST_SEQ, reply::opened};
use crate::{
    connect::RedisLive,
    error::Error,
    wait::{micros, millis},
};

/// What became of a write.
enum Written {
    Done,
    Fenced,
    Canceled,
    Lost { last_seq: u64 },
}

impl RedisLive {
    /// A run of a script that writes, before its own arguments.
    fn writing<'a>(
        &self,
        script: &'a Script,
        writer: &Writer,
        first_seq: u64,
    ) -> ScriptInvocation<'a> {
        let mut run = self.on_log(script, writer.generation);
        run.arg(writer.attempt)
            .arg(writer.fence)
            .arg(first_seq.min(LARGEST_SEQ))
            .arg(micros(self.options.lease))
            .arg(millis(ABANDONED_AFTER))
            .arg(self.names.channel(writer.generation));
        run
    }

    async fn write(
        &self,
        mut run: ScriptInvocation<'_>,
        events: &[Bytes],
    ) -> Result<Written, LiveError> {
        for event in events {
            run.arg(event.as_ref());
        }
        let (word, last_seq): (String, u64) = self.connection.run(&run).await?;
        Ok(match word.as_str() {
            "done" => Written::Done,
            "fenced" => Written::Fenced,
            "canceled" => Written::Canceled,
            "lost" => Written::Lost { last_seq },
            _ => return Err(Error::unknown("answer to a write", word).into()),
        })
    }
}

#[async_trait]
impl LogWriter for RedisLive {
    async fn open(&self, request: &OpenRequest) -> Result<Opened, LiveError> {
        let mut run = self.on_log(&self.scripts.open, request.generation);
        run.arg(request.attempt)
            .arg(request.last_seq.min(LARGEST_SEQ))
            .arg(&request.worker)
            .arg(u8::from(request.takeover))
            .arg(micros(self.options.lease))
            .arg(millis(ABANDONED_AFTER));
        Ok(opened(self.connection.run(&run).await?, request)?)
    }

    async fn append(
        &self,
        writer: &Writer,
        first_seq: u64,
        events: &[Bytes],
    ) -> Result<Appended, LiveError> {
        let run = self.writing(&self.scripts.append, writer, first_seq);
        Ok(match self.write(run, events).await? {
            Written::Done => Appended::Appended,
            Written::Fenced => Appended::Fenced,
            Written::Canceled => Appended::CancelRequested,
            Written::Lost { last_seq } => Appended::Lost { last_seq },
        })
    }

    async fn park(
        &self,
        writer: &Writer,
        first_seq: u64,
        events: &[Bytes],
        next_attempt: u32,
        note: Bytes,
    ) -> Result<Parked, LiveError> {
        let mut run = self.writing(&self.scripts.park, writer, first_seq);
        run.arg(next_attempt).arg(note.as_ref());
        Ok(match self.write(run, events).await? {
            Written::Done => Parked::Parked,
            Written::Fenced => Parked::Fenced,
            Written::Canceled => Parked::CancelRequested,
            Written::Lost { last_seq } => Parked::Lost { last_seq },
        })
    }

    async fn seal(
        &self,
        writer: &Writer,
        first_seq: u64,
        events: &[Bytes],
        note: Bytes,
    ) -> Result<Sealing, LiveError> {
        let mut run = self.writing(&self.scripts.seal, writer, first_seq);
        run.arg(note.as_ref());
        Ok(match self.write(run, events).await? {
            Written::Done => Sealing::Sealed,
            // A wish to stop does not keep anybody from sealing.
            Written::Fenced | Written::Canceled => Sealing::Fenced,
            Written::Lost { last_seq } => Sealing::Lost { last_seq },
        })
    }
}
