//! What can go wrong, and what of it a service is told.

use std::{error::Error as StdError, fmt};

use ports::store::StoreError;

/// The database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is none that PostgreSQL knows.
    #[error("not a PostgreSQL URL: {0}")]
    Url(String),
    /// It cannot be reached, or does not let us in.
    #[error("cannot connect to {place}: {source}")]
    Connect {
        /// Server and database, without the password.
        place: String,
        /// What the driver says.
        source: sqlx::Error,
    },
    /// A later version of Sluice has used it.
    #[error(
        "{place} was written by a newer version of Sluice (schema {found}, this one knows {known}); \
         use that version, or restore a copy made before"
    )]
    Newer {
        /// Server and database.
        place: String,
        /// The schema it has.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
    /// The schema could not be brought up to date.
    #[error("cannot bring {place} up to date: {source}")]
    Migration {
        /// Server and database.
        place: String,
        /// What PostgreSQL says.
        source: sqlx::migrate::MigrateError,
    },
}

/// What surprised a method of the store.
#[derive(Debug)]
pub(crate) enum Error {
    /// PostgreSQL, or the way to it, failed.
    Driver(sqlx::Error),
    /// A row holds what the domain does not allow.
    Inconsistency(Inconsistency),
    /// There was no answer in time; whether anything was changed is not known.
    Late,
}

/// Where the store holds what it should not.
#[derive(Debug, thiserror::Error)]
#[error("{table}.{column} of row {row} is invalid")]
pub(crate) struct Inconsistency {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row's key.
    pub row: String,
    /// What is wrong with it.
    #[source]
    pub source: Box<dyn StdError + Send + Sync>,
}

/// A value that no type of the domain has.
#[derive(Debug, thiserror::Error)]
pub(crate) struct UnknownValue(pub String);

impl fmt::Display for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown value {:?}", self.0)
    }
}

impl Error {
    /// Whether other connections made so far are likely to be of no more use: the server takes no
    /// writes, as one does that copies another (`read_only_sql_transaction`), or has gone
    /// (`operator_intervention`, but for a canceled statement). Or a table has other columns than when
    /// their statements were prepared (`feature_not_supported`): another process brought the schema up
    /// to date, and each connection would fail once with each statement.
    pub(crate) fn is_of_the_server(&self) -> bool {
        match self {
            Self::Driver(sqlx::Error::Database(error)) => {
                let code = error.code().unwrap_or_default();
                matches!(&*code, "25006" | "0A000") || code.starts_with("57P")
            }
            Self::Driver(sqlx::Error::Io(_)) => true,
            Self::Driver(_) | Self::Inconsistency(_) | Self::Late => false,
        }
    }
}

impl Error {
    /// Whether a row with the same key is there (`unique_violation`).
    pub(crate) fn is_duplicate(&self) -> bool {
        matches!(self, Self::Driver(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

/// See [`Error::Late`].
#[derive(Debug, thiserror::Error)]
#[error("the database did not answer in time")]
struct Late;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Driver(error)
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::Inconsistency(found) => Self::Inconsistent(Box::new(found)),
            Error::Driver(error) if is_temporary(&error) => Self::Unavailable(Box::new(error)),
            Error::Driver(error) => Self::Inconsistent(Box::new(error)),
            Error::Late => Self::Unavailable(Box::new(Late)),
        }
    }
}

/// Whether it may go better the next time.
///
/// By the class of the SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>): wrong data and broken
/// constraints stay wrong. A statement that is refused (42) is not the data's fault: a table is away, or a right to it, and
/// what waits for it is as good as before when it is back.
fn is_temporary(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            !["22", "23"].iter().any(|class| code.starts_with(class))
        }
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::Decode(_)
        | sqlx::Error::RowNotFound => false,
        _ => true,
    }
}
