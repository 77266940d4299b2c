//! One store at a time on one file.
//!
//! SQLite itself would let a second process in, and both would work on the same outbox. The lock is
//! the system's own, so it ends with the process however that ends.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use crate::error::OpenError;

/// The permissions of a new file: nobody else on the machine has any business with it.
pub(crate) const PRIVATE: u32 = 0o600;

/// Held as long as the store is open.
#[derive(Debug)]
pub(crate) struct LockFile {
    _file: File,
}

impl LockFile {
    /// Takes the lock of `database`, without waiting.
    pub(crate) fn take(database: &Path) -> Result<Self, OpenError> {
        let path = lock_path(database);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            // Whoever may open it could take the lock for good.
            .mode(PRIVATE)
            .open(&path)
            .map_err(|error| cannot_create(database, &path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(database.to_owned())),
            Err(TryLockError::Error(source)) => Err(OpenError::NotWritable { path, source }),
        }
    }
}

fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

/// What it means that `file`, which belongs to `database`, cannot be made.
pub(crate) fn cannot_create(database: &Path, file: &Path, error: io::Error) -> OpenError {
    let directory = database.parent().unwrap_or(Path::new("."));
    match error.kind() {
        io::ErrorKind::NotFound if !directory.is_dir() => {
            OpenError::NoDirectory(directory.to_owned())
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            OpenError::Full(database.to_owned())
        }
        _ => OpenError::NotWritable { path: file.to_owned(), source: error },
    }
}
