//! The open database.

use std::{fmt, future::Future, pin::pin, time::Duration};

use ports::store::StoreError;
use sqlx::{PgPool, Postgres, Transaction};
use tokio::time::timeout;

use crate::{astray::Astray, connections::Connections, error::Error, row::Unreadable};

/// A transaction. Dropping it undoes it.
pub(crate) type Writing = Transaction<'static, Postgres>;

/// An open database, which is every store port at once.
#[derive(Clone)]
pub struct PostgresStore {
    connections: Connections,
    call_timeout: Duration,
    astray: Astray,
    pub(crate) unreadable: Unreadable,
}

impl PostgresStore {
    pub(crate) fn new(connections: Connections, call_timeout: Duration, astray: Astray) -> Self {
        Self { connections, call_timeout, astray, unreadable: Unreadable::default() }
    }

    /// The pool to take a connection from.
    pub(crate) fn pool(&self) -> PgPool {
        self.connections.pool()
    }

    /// Waits for what is under way, and closes every connection but those that were given up as lost.
    pub async fn close(&self) {
        self.pool().close().await;
    }

    /// What `work` does, unless it takes too long: a server that is gone without a word must not hold
    /// its callers for as long as the network would.
    pub(crate) async fn timed<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, StoreError> {
        let mut work = pin!(work);
        let done = timeout(self.call_timeout, &mut work).await.unwrap_or(Err(Error::Late));
        match &done {
            Ok(_) => self.connections.note_well(),
            // Said before `work` is dropped, and its connection goes back.
            Err(Error::Late) => self.astray.note_late(),
            Err(Error::Driver(sqlx::Error::PoolTimedOut)) => self.connections.note_in_vain(),
            Err(error) if error.is_of_the_server() => self.astray.note(),
            _ => {}
        }
        Ok(done?)
    }

    pub(crate) async fn begin(&self) -> Result<Writing, Error> {
        Ok(self.pool().begin().await?)
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}
