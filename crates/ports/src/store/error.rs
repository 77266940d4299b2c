//! What can surprise a store.

use std::error::Error;

/// The store could not do it. Nothing was changed, unless the connection broke while committing; so
/// every writing method can be called again with the same arguments.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, is full, or is busy for too long.
    #[error("the store is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// It holds something that the domain does not allow.
    #[error("the store holds what it should not")]
    Inconsistent(#[source] Box<dyn Error + Send + Sync>),
}
