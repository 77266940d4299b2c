//! Rows as values of the domain. What does not fit names its table, column and row.

mod account;
mod backlog;
mod chat;
mod generation;
mod outbox;
mod unreadable;

use std::error::Error as StdError;

use domain::time::Timestamp;
use sqlx::{Decode, Postgres, Row, Type, postgres::PgRow};
use uuid::Uuid;

use crate::{
    error::{Error, Inconsistency, UnknownValue},
    text,
};

pub(crate) use unreadable::Unreadable;

/// One row, read column by column.
#[derive(Clone, Copy)]
pub(crate) struct Columns<'r> {
    row: &'r PgRow,
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
    fn from_row(row: &PgRow) -> Result<Self, Error> {
        Self::read(Columns { row, table: Self::TABLE, key: Self::KEY })
    }

    /// Reads a value out of each row.
    fn from_rows(rows: &[PgRow]) -> Result<Vec<Self>, Error> {
        rows.iter().map(Self::from_row).collect()
    }
}

impl<'r> Columns<'r> {
    /// The value of a column as PostgreSQL has it.
    pub(crate) fn get<T>(self, column: &'static str) -> Result<T, Error>
    where
        T: Decode<'r, Postgres> + Type<Postgres>,
    {
        self.row.try_get(column).map_err(|error| self.wrong(column, error))
    }

    /// A text.
    pub(crate) fn text(self, column: &'static str) -> Result<String, Error> {
        let kept: &str = self.get(column)?;
        Ok(text::read(kept).into_owned())
    }

    /// A text that may be absent.
    pub(crate) fn maybe_text(self, column: &'static str) -> Result<Option<String>, Error> {
        let kept: Option<&str> = self.get(column)?;
        Ok(kept.map(|kept| text::read(kept).into_owned()))
    }

    /// A text that `parse` knows.
    pub(crate) fn known<T>(
        self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Error> {
        let text = self.text(column)?;
        parse(&text).ok_or_else(|| self.wrong(column, UnknownValue(text)))
    }

    /// The same of one that may be absent.
    pub(crate) fn maybe_known<T>(
        self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let Some(text) = self.maybe_text(column)? else { return Ok(None) };
        parse(&text).map(Some).ok_or_else(|| self.wrong(column, UnknownValue(text)))
    }

    /// An id.
    pub(crate) fn id<T>(
        self,
        column: &'static str,
        from_uuid: impl FnOnce(Uuid) -> T,
    ) -> Result<T, Error> {
        self.get(column).map(from_uuid)
    }

    /// An id that may be absent.
    pub(crate) fn maybe_id<T>(
        self,
        column: &'static str,
        from_uuid: impl FnOnce(Uuid) -> T,
    ) -> Result<Option<T>, Error> {
        let id: Option<Uuid> = self.get(column)?;
        Ok(id.map(from_uuid))
    }

    /// A point in time.
    pub(crate) fn time(self, column: &'static str) -> Result<Timestamp, Error> {
        self.get(column)
    }

    /// A point in time that may be absent.
    pub(crate) fn maybe_time(self, column: &'static str) -> Result<Option<Timestamp>, Error> {
        self.get(column)
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
        let kept: &str = self.get(column)?;
        serde_json::from_str(&text::read_json(kept)).map_err(|error| self.wrong(column, error))
    }

    fn wrong(
        self,
        column: &'static str,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Error {
        let key: Option<Uuid> = self.row.try_get(self.key).unwrap_or_default();
        Error::Inconsistency(Inconsistency {
            table: self.table,
            column,
            row: key.map(|key| key.to_string()).unwrap_or_default(),
            source: source.into(),
        })
    }
}
