//! Answers of the scripts, read.

use std::time::Duration;

use bytes::Bytes;
use ports::live::{LogEntry, OpenRequest, Opened, Opening, ParkedLog, SealedLog, Writer};
use redis::{FromRedisValue, ParsingError, Value, from_redis_value};

use crate::{answer::Answer, error::Error};

/// What became of a write.
#[derive(Debug)]
pub(super) enum Written {
    Done,
    Fenced,
    Canceled,
    Lost { last_seq: u64 },
    Full,
}

impl FromRedisValue for Written {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        // What the usual append answers: nothing to read.
        if matches!(value, Value::Int(_)) {
            return Ok(Self::Done);
        }
        let (word, last_seq): (String, u64) = from_redis_value(value)?;
        match word.as_str() {
            "done" => Ok(Self::Done),
            "fenced" => Ok(Self::Fenced),
            "canceled" => Ok(Self::Canceled),
            "lost" => Ok(Self::Lost { last_seq }),
            "full" => Ok(Self::Full),
            _ => Err(format!("an unknown answer to a write: {word:?}").into()),
        }
    }
}

/// Entries: the number of the first, and their contents.
#[derive(Debug)]
pub(super) struct Entries(u64, Vec<Text>);

/// Bytes as they are, without a copy.
#[derive(Debug)]
pub(super) struct Text(Bytes);

impl FromRedisValue for Text {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        match value {
            Value::BulkString(bytes) => Ok(Self(bytes.into())),
            other => Vec::from_redis_value(other).map(|bytes| Self(bytes.into())),
        }
    }
}

impl FromRedisValue for Entries {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        let (first, texts) = from_redis_value(value)?;
        Ok(Self(first, texts))
    }
}

impl Entries {
    pub(super) fn numbered(self) -> Vec<LogEntry> {
        let numbers = self.0..;
        numbers.zip(self.1).map(|(seq, text)| LogEntry { seq, json: text.0 }).collect()
    }
}

/// What a log's script answers to `request`.
pub(super) fn opened(answer: Answer, request: &OpenRequest) -> Result<Opened, Error> {
    Ok(match answer.word.as_str() {
        "writing" => Opened::Writing(opening(request, answer)?),
        "canceled" => Opened::Canceled(opening(request, answer)?),
        "sealed" => sealed(answer)?,
        "parked" => parked(answer)?,
        "held" => held(answer)?,
        _ => return Err(Error::unknown("answer to open", answer.word)),
    })
}

fn opening(request: &OpenRequest, answer: Answer) -> Result<Opening, Error> {
    let (attempt, fence, next_seq, inherited): (_, _, _, Entries) = answer.read()?;
    let OpenRequest { generation, max_bytes, .. } = *request;
    let writer = Writer { generation, attempt, fence, max_bytes };
    Ok(Opening { writer, next_seq, inherited: inherited.numbered() })
}

fn sealed(answer: Answer) -> Result<Opened, Error> {
    let (entries, note): (Entries, Option<Text>) = answer.read()?;
    Ok(Opened::Sealed(SealedLog { entries: entries.numbered(), note: note.map(|note| note.0) }))
}

fn parked(answer: Answer) -> Result<Opened, Error> {
    let (next_attempt, entries, note): (_, Entries, Text) = answer.read()?;
    Ok(Opened::Parked(ParkedLog { next_attempt, entries: entries.numbered(), note: note.0 }))
}

fn held(answer: Answer) -> Result<Opened, Error> {
    let (worker, lease, fence): (_, _, u64) = answer.read()?;
    let lease = Duration::from_micros(lease);
    Ok(Opened::HeldBy { worker, lease, gone: (fence > 0).then_some(fence) })
}
