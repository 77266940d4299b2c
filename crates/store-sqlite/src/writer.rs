//! The one connection that writes.

use sqlx::{
    ConnectOptions, Connection, Sqlite, SqliteConnection, Transaction, sqlite::SqliteConnectOptions,
};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

/// Takes the right to write at the beginning. A transaction that reads first and then wants to write
/// would be refused when anybody wrote in between, and no waiting would help it.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// A transaction on the writing connection.
pub(crate) type Writing<'c> = Transaction<'c, Sqlite>;

/// The writing connection while it is one's turn.
pub(crate) type Turn<'w> = MappedMutexGuard<'w, SqliteConnection>;

/// The one connection that writes. Writers take turns in the order they came.
pub(crate) struct Writer {
    /// None once closed.
    connection: Mutex<Option<SqliteConnection>>,
    options: SqliteConnectOptions,
}

impl Writer {
    pub(crate) fn new(connection: SqliteConnection, options: SqliteConnectOptions) -> Self {
        Self { connection: Mutex::new(Some(connection)), options }
    }

    /// Waits for its turn.
    pub(crate) async fn turn(&self) -> Result<Turn<'_>, sqlx::Error> {
        let guard = self.connection.lock().await;
        let mut turn =
            MutexGuard::try_map(guard, Option::as_mut).map_err(|_| sqlx::Error::PoolClosed)?;
        if turn.is_in_transaction() {
            self.heal(&mut turn).await?;
        }
        Ok(turn)
    }

    /// Ends what a writer before has left open.
    ///
    /// One that was dropped in the middle has its rollback under way, and the ping waits for it. But
    /// when SQLite has rolled back by itself, as it may when the disk is full, that rollback fails and
    /// the driver counts the transaction as open for ever; then only a new connection helps.
    async fn heal(&self, connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
        let answers = connection.ping().await.is_ok();
        if !answers || connection.is_in_transaction() {
            tracing::warn!("the writing connection was left in a transaction; opening a new one");
            *connection = self.options.connect().await?;
        }
        Ok(())
    }

    pub(crate) async fn close(&self) {
        let connection = self.connection.lock().await.take();
        if let Some(connection) = connection
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "closing the database failed; its log stays beside it");
        }
    }
}

/// Begins a transaction. Dropping it undoes it.
pub(crate) async fn begin(connection: &mut SqliteConnection) -> Result<Writing<'_>, sqlx::Error> {
    connection.begin_with(BEGIN).await
}
