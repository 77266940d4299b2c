//! What can go wrong, and what of it a service is told.

use std::{error::Error as StdError, fmt, io, path::PathBuf};

use ports::store::StoreError;

/// The database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is nowhere to put the file.
    #[error("the data directory {} does not exist", .0.display())]
    NoDirectory(PathBuf),
    /// The directory or the file may not be written.
    #[error("cannot write to {}: {source}", path.display())]
    NotWritable {
        /// What cannot be written.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another process, or another store of this one, has it open.
    #[error("{} is in use by another process; stop that one first", .0.display())]
    InUse(PathBuf),
    /// The disk, or what of it the database may use, is full.
    #[error("no space is left for {}", .0.display())]
    Full(PathBuf),
    /// The file is something else, or damaged.
    #[error("{} is not a sound SQLite database: {source}", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// A later version of Sluice has used it.
    #[error(
        "{} was written by a newer version of Sluice (schema {found}, this one knows {known}); \
         use that version, or restore a copy made before", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema it has.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
    /// The schema could not be brought up to date.
    #[error("cannot bring {} up to date: {source}", path.display())]
    Migration {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: sqlx::migrate::MigrateError,
    },
    /// Anything else.
    #[error("cannot open {}: {source}", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: sqlx::Error,
    },
}

/// What surprised a method of the store.
#[derive(Debug)]
pub(crate) enum Error {
    /// SQLite, or the way to it, failed.
    Driver(sqlx::Error),
    /// A row holds what the domain does not allow.
    Inconsistency(Inconsistency),
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

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Driver(error)
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::Inconsistency(found) => Self::Inconsistent(Box::new(found)),
            Error::Driver(error) if Kind::of(&error).is_temporary() => {
                Self::Unavailable(Box::new(error))
            }
            Error::Driver(error) => Self::Inconsistent(Box::new(error)),
        }
    }
}

/// The kinds of driver errors that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// No space is left.
    Full,
    /// The file or its directory may not be written.
    NotWritable,
    /// The file is not a database, or damaged.
    NotADatabase,
    /// A constraint of the schema was about to be broken, or a statement is wrong.
    Refused,
    /// Everything that may go better the next time.
    Unavailable,
}

impl Kind {
    /// The kind of `error`, by its primary result code (<https://www.sqlite.org/rescode.html>).
    pub(crate) fn of(error: &sqlx::Error) -> Self {
        let code = match error {
            sqlx::Error::Database(error) => error.code().and_then(|code| code.parse::<i32>().ok()),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) => {
                return Self::Refused;
            }
            _ => None,
        };
        // The lowest byte of an extended code is the primary one.
        match code.map(|code| code & 0xff) {
            Some(13) => Self::Full,
            Some(3 | 8 | 14) => Self::NotWritable,
            Some(11 | 26) => Self::NotADatabase,
            Some(1 | 18 | 19 | 20 | 25) => Self::Refused,
            _ => Self::Unavailable,
        }
    }

    fn is_temporary(self) -> bool {
        matches!(self, Self::Full | Self::NotWritable | Self::Unavailable)
    }
}
