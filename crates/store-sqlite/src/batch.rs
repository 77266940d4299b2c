//! Several statements handed to the connection's thread at once.
//!
//! Every hand-over costs more than a simple statement itself, so all writes of a transaction go
//! together. Parameters are bare `?` and count on from one statement to the next. The text of a batch
//! differs only by which statements are in it, so that the connection keeps them prepared.

use domain::time::Timestamp;
use sqlx::{
    Arguments, AssertSqlSafe, Encode, Sqlite, SqliteConnection, Type, sqlite::SqliteArguments,
};

use crate::error::Error;

/// Statements to be executed together, in order, inside a transaction.
#[derive(Default)]
pub(crate) struct Batch {
    sql: String,
    values: SqliteArguments,
}

impl Batch {
    /// Adds a statement; its values follow with [`bind`](Self::bind).
    pub(crate) fn push(&mut self, statement: &'static str) -> &mut Self {
        self.sql.push_str(statement);
        self.sql.push_str(";\n");
        self
    }

    /// Gives the next parameter its value.
    pub(crate) fn bind<T>(&mut self, value: T) -> &mut Self
    where
        T: for<'q> Encode<'q, Sqlite> + Type<Sqlite>,
    {
        self.values.add(value).expect("texts, numbers and bytes can always be handed over");
        self
    }

    /// An id, or anything else that is kept as text.
    pub(crate) fn text(&mut self, value: &(impl ToString + ?Sized)) -> &mut Self {
        self.bind(value.to_string())
    }

    /// A text that may be absent.
    pub(crate) fn maybe_text<T: ToString>(&mut self, value: Option<T>) -> &mut Self {
        self.bind(value.map(|value| value.to_string()))
    }

    /// A point in time.
    pub(crate) fn time(&mut self, at: Timestamp) -> &mut Self {
        self.bind(at.timestamp_micros())
    }

    /// A point in time that may be absent.
    pub(crate) fn maybe_time(&mut self, at: Option<Timestamp>) -> &mut Self {
        self.bind(at.map(|at| at.timestamp_micros()))
    }

    /// A number of things.
    pub(crate) fn count(&mut self, value: u64) -> &mut Self {
        self.bind(stored(value))
    }

    /// Executes all of it.
    pub(crate) async fn execute(self, connection: &mut SqliteConnection) -> Result<(), Error> {
        sqlx::query_with(AssertSqlSafe(self.sql), self.values).execute(connection).await?;
        Ok(())
    }
}

/// `value` as SQLite keeps numbers, which end at 2⁶³−1; nothing counted here comes near that.
pub(crate) fn stored(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
