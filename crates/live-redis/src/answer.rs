//! Answers of scripts that say a word, and what belongs to it.

use domain::time::Timestamp;
use redis::{FromRedisValue, ParsingError, Value, from_redis_value};

use crate::error::Error;

/// A word, and what belongs to it.
#[derive(Debug)]
pub(crate) struct Answer {
    /// What kind of answer it is.
    pub(crate) word: String,
    rest: Vec<Value>,
}

impl Answer {
    /// What belongs to the word.
    pub(crate) fn read<T: FromRedisValue>(self) -> Result<T, Error> {
        Ok(from_redis_value(Value::Array(self.rest))?)
    }
}

impl FromRedisValue for Answer {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        let mut parts: Vec<Value> = from_redis_value(value)?;
        if parts.is_empty() {
            return Err("an empty answer".into());
        }
        let rest = parts.split_off(1);
        let word = from_redis_value(parts.remove(0))?;
        Ok(Self { word, rest })
    }
}

/// The time so many microseconds after 1970.
pub(crate) fn timestamp(micros: i64) -> Result<Timestamp, Error> {
    Timestamp::from_timestamp_micros(micros)
        .ok_or_else(|| Error::unknown("time", micros.to_string()))
}
