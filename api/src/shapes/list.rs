//! Lists.

use ports::store::{Cursor, Page};
use serde::Serialize;
use utoipa::ToSchema;

use crate::cursor;

/// One page of a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListShape<T> {
    /// The items.
    items: Vec<T>,
    /// The `cursor` of the next page, of older items where the newest come first; null after the last one.
    next_cursor: Option<String>,
    /// The `cursor` of the page of newer items, of which there may be none yet; null in an empty list, and
    /// in every list that is read in one direction alone.
    prev_cursor: Option<String>,
}

impl<T> ListShape<T> {
    /// A list that is all on one page.
    pub(crate) fn whole(items: Vec<T>) -> Self {
        Self::onwards(items, None)
    }

    /// A page of a list that is read in one direction alone; the next one begins at `next`.
    pub(crate) fn onwards(items: Vec<T>, next: Option<Cursor>) -> Self {
        Self { items, next_cursor: next.map(cursor::encode), prev_cursor: None }
    }
}

impl<T, U: From<T>> From<Page<T>> for ListShape<U> {
    fn from(page: Page<T>) -> Self {
        let items = page.items.into_iter().map(U::from).collect();
        let (next, previous) = (page.next.map(cursor::encode), page.previous.map(cursor::encode));
        Self { items, next_cursor: next, prev_cursor: previous }
    }
}
