//! Answers of the scripts, read.

use bytes::Bytes;
use domain::time::Timestamp;
use ports::live::{LogEntry, OpenRequest, Opened, Opening, ParkedLog, SealedLog, Writer};
use redis::{FromRedisValue, ParsingError, Value, from_redis_value};

use crate::error::Error;

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

/// The answer to `open`: a word, and what belongs to it.
#[derive(Debug)]
pub(super) struct OpenReply {
    word: String,
    rest: Value,
}

impl FromRedisValue for OpenReply {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        let mut parts: Vec<Value> = from_redis_value(value)?;
        if parts.is_empty() {
            return Err("an empty answer".into());
        }
        let word = from_redis_value(parts.remove(0))?;
        Ok(Self { word, rest: Value::Array(parts) })
    }
}

impl OpenReply {
    /// What it says about `request`.
    pub(super) fn opened(self, request: &OpenRequest) -> Result<Opened, Error> {
        Ok(match self.word.as_str() {
            "writing" => Opened::Writing(opening(request, self.rest)?),
            "canceled" => Opened::Canceled(opening(request, self.rest)?),
            "sealed" => sealed(self.rest)?,
            "parked" => parked(self.rest)?,
            "held" => held(self.rest)?,
            _ => return Err(Error::unknown("answer to open", self.word)),
        })
    }
}

fn opening(request: &OpenRequest, rest: Value) -> Result<Opening, Error> {
    let (attempt, fence, next_seq, inherited): (_, _, _, Entries) = from_redis_value(rest)?;
    let writer = Writer { generation: request.generation, attempt, fence };
    Ok(Opening { writer, next_seq, inherited: inherited.numbered() })
}

fn sealed(rest: Value) -> Result<Opened, Error> {
    let (entries, note): (Entries, Option<Text>) = from_redis_value(rest)?;
    Ok(Opened::Sealed(SealedLog { entries: entries.numbered(), note: note.map(|note| note.0) }))
}

fn parked(rest: Value) -> Result<Opened, Error> {
    let (next_attempt, entries, note): (_, Entries, Text) = from_redis_value(rest)?;
    Ok(Opened::Parked(ParkedLog { next_attempt, entries: entries.numbered(), note: note.0 }))
}

fn held(rest: Value) -> Result<Opened, Error> {
    let (worker, until) = from_redis_value(rest)?;
    Ok(Opened::HeldBy { worker, until: timestamp(until)? })
}

/// The time so many microseconds after 1970.
pub(crate) fn timestamp(micros: i64) -> Result<Timestamp, Error> {
    Timestamp::from_timestamp_micros(micros)
        .ok_or_else(|| Error::unknown("time", micros.to_string()))
}
