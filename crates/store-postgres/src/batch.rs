//! Several changes in one statement.
//!
//! Every statement costs a round trip, so all writes of a transaction go together, as the parts of one
//! `WITH`. They see the rows as they were before any of them, so no two parts of a batch may change
//! the same row. Parameters are bare `?` and count on from one part to the next. The text of a batch
//! differs only by which parts are in it, so that the connection keeps them prepared.
//!
//! One part is called `decided`: the others are made once for each of its rows, so that a batch of
//! which it gives none changes nothing. What was read in an earlier statement is checked there.

use std::fmt::Write;

use domain::time::Timestamp;
use sqlx::{
    Arguments, AssertSqlSafe, Encode, PgExecutor, Postgres, Row, Type,
    postgres::{PgArguments, PgRow},
};
use uuid::Uuid;

use crate::{error::Error, text};

/// Changes to be made together: all of them or, where `decided` has no row, none.
pub(crate) struct Batch {
    sql: String,
    parts: usize,
    values: PgArguments,
    parameters: usize,
}

impl Batch {
    /// A batch that begins with the part `name`; its values follow with [`bind`](Self::bind).
    pub(crate) fn beginning_with(name: &'static str, statement: &'static str) -> Self {
        let values = PgArguments::default();
        let mut batch = Self { sql: "WITH".to_owned(), parts: 0, values, parameters: 0 };
        batch.push_named(name, statement);
        batch
    }

    /// A batch that is made in any case.
    pub(crate) fn unconditional() -> Self {
        Self::beginning_with("decided", "SELECT")
    }

    /// Adds a change; its values follow with [`bind`](Self::bind).
    pub(crate) fn push(&mut self, statement: &'static str) -> &mut Self {
        let number = self.parts;
        self.begin(format_args!("part{number}")).push_on(statement)
    }

    /// Adds a part that others refer to.
    pub(crate) fn push_named(&mut self, name: &'static str, statement: &'static str) -> &mut Self {
        self.begin(format_args!("{name}")).push_on(statement)
    }

    fn begin(&mut self, name: std::fmt::Arguments<'_>) -> &mut Self {
        let before = if self.parts == 0 { "" } else { ")," };
        self.parts += 1;
        self.write(format_args!("{before} {name} AS MATERIALIZED ("));
        self
    }

    /// Adds to the text of the last change.
    pub(crate) fn push_on(&mut self, more: &'static str) -> &mut Self {
        for (index, piece) in more.split('?').enumerate() {
            if index > 0 {
                self.parameters += 1;
                let parameter = self.parameters;
                self.write(format_args!("${parameter}"));
            }
            self.sql.push_str(piece);
        }
        self
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        self.sql.write_fmt(text).expect("writing to a string never fails");
    }

    /// Gives the next parameter its value.
    pub(crate) fn bind<T>(&mut self, value: T) -> &mut Self
    where
        T: for<'q> Encode<'q, Postgres> + Type<Postgres>,
    {
        self.values.add(value).expect("texts, numbers and bytes can always be handed over");
        self
    }

    /// A text that people or models wrote, or a name.
    pub(crate) fn text(&mut self, value: impl AsRef<str>) -> &mut Self {
        self.bind(text::kept(value.as_ref()).into_owned())
    }

    /// A text that may be absent.
    pub(crate) fn maybe_text(&mut self, value: Option<impl AsRef<str>>) -> &mut Self {
        self.bind(value.map(|value| text::kept(value.as_ref()).into_owned()))
    }

    /// An id.
    pub(crate) fn id(&mut self, id: Uuid) -> &mut Self {
        self.bind(id)
    }

    /// An id that may be absent.
    pub(crate) fn maybe_id(&mut self, id: Option<Uuid>) -> &mut Self {
        self.bind(id)
    }

    /// A point in time.
    pub(crate) fn time(&mut self, at: Timestamp) -> &mut Self {
        self.bind(at)
    }

    /// A point in time that may be absent.
    pub(crate) fn maybe_time(&mut self, at: Option<Timestamp>) -> &mut Self {
        self.bind(at)
    }

    /// A number of things.
    pub(crate) fn count(&mut self, value: u64) -> &mut Self {
        self.bind(stored(value))
    }

    /// Makes them, and tells whether they were made.
    pub(crate) async fn execute<'c>(self, on: impl PgExecutor<'c>) -> Result<bool, Error> {
        let row = self.fetch("SELECT EXISTS (SELECT FROM decided)", on).await?;
        Ok(row.try_get(0)?)
    }

    /// Makes them, and reads the one row of `last`, which may refer to every part.
    pub(crate) async fn fetch<'c>(
        mut self,
        last: &'static str,
        on: impl PgExecutor<'c>,
    ) -> Result<PgRow, Error> {
        self.write(format_args!(") {last}"));
        // To the end, since a statement outside a transaction commits when it is done.
        let mut rows = sqlx::query_with(AssertSqlSafe(self.sql), self.values).fetch_all(on).await?;
        Ok(rows.pop().ok_or(sqlx::Error::RowNotFound)?)
    }
}

/// `value` as PostgreSQL keeps numbers, which end at 2⁶³−1; nothing counted here comes near that.
pub(crate) fn stored(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// `value` as the JSON text that is kept.
pub(crate) fn json(value: &impl serde::Serialize) -> String {
    let json = serde_json::to_string(value);
    text::kept_json(json.expect("texts, numbers and maps of texts always have a JSON form"))
}
