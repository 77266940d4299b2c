//! Rows that cannot be read, somewhere in a list that chores work through: they are told of and passed over, since whoever
//! waits behind them is not to blame.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use sqlx::postgres::PgRow;

use super::FromColumns;
use crate::error::{Error, Inconsistency};

/// So many rows are known as told of. Of more, all are told of again.
const TOLD: usize = 1000;

/// The rows that were told of. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Unreadable(Arc<Mutex<BTreeSet<String>>>);

impl Unreadable {
    /// The values of those of `rows` that can be read.
    pub(crate) fn pass_over<T: FromColumns>(&self, rows: &[PgRow]) -> Result<Vec<T>, Error> {
        let mut values = Vec::with_capacity(rows.len());
        for row in rows {
            match T::from_row(row) {
                Ok(value) => values.push(value),
                Err(Error::Inconsistency(found)) => self.tell(&found),
                Err(error) => return Err(error),
            }
        }
        Ok(values)
    }

    /// Up to `limit` values of rows that can be read. `fetch` finds as many rows as it is told, the same first.
    pub(crate) async fn page<T: FromColumns, F>(
        &self,
        limit: u32,
        fetch: impl Fn(i64) -> F,
    ) -> Result<Vec<T>, Error>
    where
        F: Future<Output = Result<Vec<PgRow>, sqlx::Error>>,
    {
        let mut wanted = limit as usize;
        loop {
            let rows = fetch(i64::try_from(wanted).unwrap_or(i64::MAX)).await?;
            let mut values = self.pass_over(&rows)?;
            if rows.len() < wanted || values.len() >= limit as usize {
                values.truncate(limit as usize);
                return Ok(values);
            }
            wanted = limit as usize + rows.len() - values.len();
        }
    }

    fn tell(&self, found: &Inconsistency) {
        // A panic leaves it whole.
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= TOLD {
            told.clear();
        }
        if told.insert(found.to_string()) {
            let (row, why) = (&found.row, &found.source);
            tracing::error!(table = found.table, column = found.column, row, %why, "a row is passed over: it cannot be read");
        }
    }
}
