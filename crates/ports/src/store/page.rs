//! Lists in pages.

use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a page begins: behind this item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The item's time.
    pub at: Timestamp,
    /// The item's id, which orders items of one time.
    pub id: Uuid,
}

/// Some items of a list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// At most as many as asked for.
    pub items: Vec<T>,
    /// Where the next page begins; none after the last one.
    pub next: Option<Cursor>,
}
