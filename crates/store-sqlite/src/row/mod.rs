//! Rows as values of the domain. What does not fit names its table, column and row.

mod account;
mod backlog;
mod chat;
mod generation;
mod outbox;
mod unreadable;

use std::{error::Error as StdError, str::FromStr};

use chrono::DateTime;
use domain::time::Timestamp;
use sqlx::{Decode, Row, Sqlite, Type, sqlite::SqliteRow};

use crate::error::{Error, Inconsistency, UnknownValue};

pub(crate) use unreadable::Unreadable;

/// One row, read column by column.
#[derive(Clone, Copy)]
pub(crate) struct Columns<'r> {
    row: &'r SqliteRow,
    table: &'static str,
    key: &'static str,
}

/// A value that is kept as a row.
pub(crate) trait FromColumns: Sized {
    /// The table, for error messages.
    const TABLE: &'static str;
    /// The column that tells its rows apart, for error messages.
    const KEY: &'static str = "id";

    /// Reads the value.
    fn read(columns: Columns<'_>) -> Result<Self, Error>;

    /// Reads the value out of a row that has all its columns.
    fn from_row(row: &SqliteRow) -> Result<Self, Error> {
        Self::read(Columns { row, table: Self::TABLE, key: Self::KEY })
    }

    /// Reads a value out of each row.
    fn from_rows(rows: &[SqliteRow]) -> Result<Vec<Self>, Error> {
        rows.iter().map(Self::from_row).collect()
    }
}

impl<'r> Columns<'r> {
    /// The value of a column as SQLite has it.
    pub(crate) fn get<T>(self, column: &'static str) -> Result<T, Error>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        self.row.try_get(column).map_err(|error| self.wrong(column, error))
    }

    /// A text that `parse` knows.
    pub(crate) fn known<T>(
        self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Error> {
        let text: &str = self.get(column)?;
        parse(text).ok_or_else(|| self.wrong(column, UnknownValue(text.to_owned())))
    }

    /// A text that may be absent, and if not is one that `parse` knows.
    pub(crate) fn maybe_known<T>(
        self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let text: Option<&str> = self.get(column)?;
        text.map(|_| self.known(column, parse)).transpose()
    }

    /// An id.
    pub(crate) fn id<T: FromStr>(self, column: &'static str) -> Result<T, Error> {
        self.known(column, |text| text.parse().ok())
    }

    /// An id that may be absent.
    pub(crate) fn maybe_id<T: FromStr>(self, column: &'static str) -> Result<Option<T>, Error> {
        self.maybe_known(column, |text| text.parse().ok())
    }

    /// A point in time.
    pub(crate) fn time(self, column: &'static str) -> Result<Timestamp, Error> {
        self.time_of(column, self.get(column)?)
    }

    /// A point in time that may be absent.
    pub(crate) fn maybe_time(self, column: &'static str) -> Result<Option<Timestamp>, Error> {
        let micros: Option<i64> = self.get(column)?;
        micros.map(|micros| self.time_of(column, micros)).transpose()
    }

    /// A number of things.
    pub(crate) fn count<T: TryFrom<i64>>(self, column: &'static str) -> Result<T, Error> {
        let count: i64 = self.get(column)?;
        count.try_into().map_err(|_| self.wrong(column, UnknownValue(count.to_string())))
    }

    /// A number of things that may be absent.
    pub(crate) fn maybe_count<T: TryFrom<i64>>(
        self,
        column: &'static str,
    ) -> Result<Option<T>, Error> {
        let count: Option<i64> = self.get(column)?;
        count.map(|_| self.count(column)).transpose()
    }

    /// JSON that serde can read.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(
        self,
        column: &'static str,
    ) -> Result<T, Error> {
        let text: &str = self.get(column)?;
        serde_json::from_str(text).map_err(|error| self.wrong(column, error))
    }

    fn time_of(self, column: &'static str, micros: i64) -> Result<Timestamp, Error> {
        DateTime::from_timestamp_micros(micros)
            .ok_or_else(|| self.wrong(column, UnknownValue(micros.to_string())))
    }

    fn wrong(
        self,
        column: &'static str,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Error {
        let row = self.row.try_get_unchecked::<String, _>(self.key).unwrap_or_default();
        Error::Inconsistency(Inconsistency {
            table: self.table,
            column,
            row,
            source: source.into(),
        })
    }
}
