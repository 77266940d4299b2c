//! The log as its writer sees it.

use std::fmt::Write;

use async_trait::async_trait;
use bytes::Bytes;
use ports::live::{
    Appended, LiveError, LogWriter, OpenRequest, Opened, Parked, Sealing, Takeover, Writer,
};
use tokio::time::Instant;

use super::{
    ABANDONED_AFTER, LARGEST_SEQ,
    reply::{Written, opened},
};
use crate::{
    connect::RedisLive,
    run::{Run, Script},
    wait::{micros, millis},
};

impl RedisLive {
    /// A run of a script that writes, before its own arguments.
    fn writing<'a>(&self, script: &'a Script, writer: &Writer, first_seq: u64) -> Run<'a> {
        let mut run = self.on_log(script, writer.generation);
        run.arg(writer.attempt)
            .arg(writer.fence)
            .arg(first_seq.min(LARGEST_SEQ))
            .arg(micros(self.options.lease))
            .arg(millis(ABANDONED_AFTER))
            .arg(writer.max_bytes);
        run
    }

    async fn write(&self, mut run: Run<'_>, events: &[Bytes]) -> Result<Written, LiveError> {
        for event in events {
            run.arg(event.as_ref());
        }
        Ok(self.connection.run(&run).await?)
    }

    /// A run of the script that appends.
    fn appending(
        &self,
        writer: &Writer,
        first_seq: u64,
        renews: bool,
        events: &[Bytes],
    ) -> Run<'_> {
        let first_seq = first_seq.min(LARGEST_SEQ);
        let mut run = self.on_log(&self.scripts.append, writer.generation);
        run.arg(writer.attempt)
            .arg(writer.fence)
            .arg(first_seq)
            .arg(micros(self.options.lease))
            .arg(millis(ABANDONED_AFTER))
            .arg(writer.max_bytes)
            .arg(u8::from(renews))
            .arg(line(first_seq, events));
        for event in events {
            run.arg(event.as_ref());
        }
        run
    }
}

/// What followers are told before the events; see `add.lua`.
fn line(first_seq: u64, events: &[Bytes]) -> String {
    let mut line = format!("more {first_seq}");
    for event in events {
        // Writing to a string cannot fail.
        let _ = write!(line, " {}", event.len());
    }
    line.push('\n');
    line
}

#[async_trait]
impl LogWriter for RedisLive {
    async fn open(&self, request: &OpenRequest) -> Result<Opened, LiveError> {
        let (takeover, former) = match request.takeover {
            Takeover::No => ("nobody", 0),
            Takeover::Own { fence } => ("own", fence),
            Takeover::Gone { fence } => ("gone", fence),
        };
        let mut run = self.on_log(&self.scripts.open, request.generation);
        run.arg(request.attempt)
            .arg(request.last_seq.min(LARGEST_SEQ))
            .arg(&request.worker)
            .arg(request.message.to_string())
            .arg(request.wish.to_string())
            .arg(u8::from(request.redelivered))
            .arg(takeover)
            .arg(former)
            .arg(micros(self.options.lease))
            .arg(millis(ABANDONED_AFTER));
        Ok(opened(self.connection.run(&run).await?, request)?)
    }

    async fn go_on(&self, writer: &Writer) -> Result<(), LiveError> {
        let mut run = self.on_log(&self.scripts.go_on, writer.generation);
        run.arg(writer.fence);
        Ok(self.connection.run(&run).await?)
    }

    async fn append(
        &self,
        writer: &Writer,
        first_seq: u64,
        events: &[Bytes],
    ) -> Result<Appended, LiveError> {
        let renews = self.leases.claim(writer, Instant::now());
        let run = self.appending(writer, first_seq, renews, events);
        let written = self.connection.run(&run).await;
        if written.is_err() {
            self.leases.forget(writer);
        }
        Ok(match written? {
            Written::Done => Appended::Appended,
            Written::Fenced => Appended::Fenced,
            Written::Canceled => Appended::CancelRequested,
            Written::Lost { last_seq } => Appended::Lost { last_seq },
            Written::Full => Appended::Full,
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
            Written::Full => Parked::Full,
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
            // Neither a wish to stop nor its size keeps anybody from sealing.
            Written::Fenced | Written::Canceled | Written::Full => Sealing::Fenced,
            Written::Lost { last_seq } => Sealing::Lost { last_seq },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subscription::Message;

    #[test]
    fn followers_understand_what_they_are_told() {
        let entries: Vec<Bytes> = vec!["{\"a\":1}".into(), "ü".into()];
        let told = [line(7, &entries).as_bytes(), &entries.concat()].concat();
        let expected = Message { first: 7, entries, is_end: false };
        assert_eq!(Message::read(told.into()), Some(expected));
    }
}
