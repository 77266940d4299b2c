//! Lists.

use ports::store::Page;
use serde::Serialize;
use utoipa::ToSchema;

use crate::cursor;

/// One page of a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListShape<T> {
    /// The items.
    items: Vec<T>,
    /// The `cursor` of the page of older items; null after the last one.
    next_cursor: Option<String>,
    /// The `cursor` of the page of newer items, of which there may be none yet; null in an empty list.
    prev_cursor: Option<String>,
}

impl<T> ListShape<T> {
    /// A list that is all on one page.
    pub(crate) fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None, prev_cursor: None }
    }
}

impl<T, U: From<T>> From<Page<T>> for ListShape<U> {
    fn from(page: Page<T>) -> Self {
        let items = page.items.into_iter().map(U::from).collect();
        let (next, previous) = (page.next.map(cursor::encode), page.previous.map(cursor::encode));
        Self { items, next_cursor: next, prev_cursor: previous }
    }
}
