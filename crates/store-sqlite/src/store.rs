//! The open database.

use std::fmt;

use sqlx::SqlitePool;

use crate::{lock::LockFile, row::Unreadable, writer::Writer};

/// An open database, which is every store port at once.
///
/// Dropping it is safe at any time; [`close`](Self::close) also tidies the write-ahead log away.
pub struct SqliteStore {
    pub(crate) readers: SqlitePool,
    pub(crate) writer: Writer,
    pub(crate) unreadable: Unreadable,
    // The last field, since fields are dropped in order: the file is let go of after its users.
    _lock: LockFile,
}

impl SqliteStore {
    pub(crate) fn new(readers: SqlitePool, writer: Writer, lock: LockFile) -> Self {
        Self { readers, writer, unreadable: Unreadable::default(), _lock: lock }
    }

    /// Waits for what is under way, copies the write-ahead log into the database and closes it.
    ///
    /// Methods called afterwards answer `Unavailable`. The file can be opened again when the store
    /// is dropped.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}
