//! Opening the file: lock, connections, schema.

use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{
    ConnectOptions, SqliteConnection,
    migrate::MigrateError,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    error::{Kind, OpenError},
    lock::{LockFile, PRIVATE, cannot_create},
    migrations,
    store::SqliteStore,
    writer::Writer,
};

/// How many reads run at once. They are short; more would only take memory.
const READERS: u32 = 4;

/// How long a statement waits for another process, such as a backup, to let go of the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The log is cut back to this many bytes once it has been copied into the database.
const WAL_BYTES_KEPT: &str = "67108864";

/// What may be said about a store when opening it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Beyond this many pages of 4 KiB the database counts as full; none for all of the disk.
    pub max_pages: Option<u32>,
}

impl SqliteStore {
    /// Opens the database at `path`, making it if there is none, and brings its schema up to date.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_with(path, Options::default()).await
    }

    /// The same, with `options`.
    pub async fn open_with(path: impl AsRef<Path>, options: Options) -> Result<Self, OpenError> {
        let path = absolute(path.as_ref())?;
        let lock = LockFile::take(&path)?;
        make_private(&path)?;
        let reading = connect_options(&path);
        let writing = writer_options(&reading, options);
        let mut writer = writing.connect().await.map_err(|error| cannot_open(&path, error))?;
        migrate(&mut writer, &path).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .test_before_acquire(false) // A file cannot hang up.
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(reading.read_only(true))
            .await
            .map_err(|error| cannot_open(&path, error))?;
        Ok(Self::new(readers, Writer::new(writer, writing), lock))
    }
}

impl SqliteStore {
    /// The version that the schema of the database at `path` has; none before the first, or without a file.
    /// Changes nothing, and may be asked while another process has the database.
    pub async fn version(path: impl AsRef<Path>) -> Result<Option<i64>, OpenError> {
        let path = absolute(path.as_ref())?;
        if !path.exists() {
            return Ok(None);
        }
        let reading = connect_options(&path).read_only(true);
        let mut connection = reading.connect().await.map_err(|error| cannot_open(&path, error))?;
        version(&mut connection).await.map_err(|error| cannot_open(&path, error))
    }
}

async fn version(connection: &mut SqliteConnection) -> Result<Option<i64>, sqlx::Error> {
    let tables = "SELECT count(*) FROM sqlite_master WHERE name = '_sqlx_migrations'";
    let tables: i64 = sqlx::query_scalar(tables).fetch_one(&mut *connection).await?;
    if tables == 0 {
        return Ok(None);
    }
    let newest = "SELECT max(version) FROM _sqlx_migrations WHERE success";
    sqlx::query_scalar(newest).fetch_one(connection).await
}

/// Absolute, so that SQLite never reads a path like `file:x` as a URI.
fn absolute(path: &Path) -> Result<PathBuf, OpenError> {
    std::path::absolute(path)
        .map_err(|source| OpenError::NotWritable { path: path.to_owned(), source })
}

/// Makes the file at `path`, if there is none, for the user of this process alone; SQLite makes those beside it alike.
fn make_private(path: &Path) -> Result<(), OpenError> {
    match OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => tell_who_reads(path),
        Err(error) => return Err(cannot_create(path, path, error)),
    }
    Ok(())
}

/// Tells if everybody on this machine may read the file at `path` in its folder: it may be meant so.
fn tell_who_reads(path: &Path) {
    let may = |path: &Path, right| {
        fs::metadata(path).is_ok_and(|found| found.permissions().mode() & right != 0)
    };
    if may(path, 0o004) && path.parent().is_some_and(|folder| may(folder, 0o001)) {
        let path = path.display();
        tracing::warn!(%path, "every account of this machine may read the database; chmod o= its folder");
    }
}

fn connect_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).foreign_keys(true).busy_timeout(BUSY_TIMEOUT)
}

fn writer_options(reading: &SqliteConnectOptions, options: Options) -> SqliteConnectOptions {
    let writing = reading
        .clone()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // With less than FULL a power cut may take back what was answered for.
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", WAL_BYTES_KEPT);
    match options.max_pages {
        Some(pages) => writing.pragma("max_page_count", pages.to_string()),
        None => writing,
    }
}

async fn migrate(writer: &mut SqliteConnection, path: &Path) -> Result<(), OpenError> {
    let path = path.to_owned();
    match migrations::MIGRATOR.run(writer).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(found)) => {
            Err(OpenError::Newer { path, found, known: migrations::NEWEST })
        }
        Err(MigrateError::Execute(error)) => Err(cannot_open(&path, error)),
        Err(MigrateError::ExecuteMigration(error, _)) if Kind::of(&error) != Kind::Refused => {
            Err(cannot_open(&path, error))
        }
        Err(source) => Err(OpenError::Migration { path, source }),
    }
}

fn cannot_open(path: &Path, error: sqlx::Error) -> OpenError {
    let path = path.to_owned();
    match Kind::of(&error) {
        Kind::Full => OpenError::Full(path),
        Kind::NotWritable => OpenError::NotWritable { path, source: io::Error::other(error) },
        Kind::NotADatabase => OpenError::NotADatabase { path, source: error },
        Kind::Refused | Kind::Unavailable => OpenError::Other { path, source: error },
    }
}

#[cfg(test)]
mod tests {
    use sqlx::AssertSqlSafe;

    use super::*;

    async fn setting(connection: &mut SqliteConnection, name: &str) -> String {
        let column = if name == "busy_timeout" { "timeout" } else { name };
        let sql = format!("SELECT CAST({column} AS TEXT) FROM pragma_{name}");
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.unwrap()
    }

    #[tokio::test]
    async fn commits_are_on_disk_before_they_are_answered() {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(directory.path().join("sluice.db")).await.unwrap();
        let mut writer = store.writer.turn().await.unwrap();
        for (name, expected) in [
            ("journal_mode", "wal"),
            ("synchronous", "2"), // FULL
            ("foreign_keys", "1"),
            ("busy_timeout", "5000"),
        ] {
            assert_eq!(setting(&mut writer, name).await, expected, "{name}");
        }
    }

    /// Security case 114.
    #[tokio::test]
    async fn nobody_else_on_the_machine_may_read_a_new_database() {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(directory.path().join("sluice.db")).await.unwrap();
        let _writing = store.writer.turn().await.unwrap();
        let files: Vec<_> = fs::read_dir(directory.path()).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), 4, "database, log, index of the log, lock: {files:?}");
        for file in files {
            let mode = file.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file:?}");
        }
    }

    #[tokio::test]
    async fn readers_cannot_write() {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(directory.path().join("sluice.db")).await.unwrap();
        let delete = sqlx::query("DELETE FROM users").execute(&store.readers).await;
        assert_eq!(Kind::of(&delete.unwrap_err()), Kind::NotWritable);
    }
}
