//! Lists in pages.

use domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a page begins: beside this item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The item's time.
    pub at: Timestamp,
    /// The item's id, which orders items of one time.
    pub id: Uuid,
    /// On which side of it.
    pub towards: Towards,
}

/// In which direction a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Towards {
    /// To older items.
    Older,
    /// To newer ones.
    Newer,
}

/// Some items of a list, newest first, whichever way it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// At most as many as asked for.
    pub items: Vec<T>,
    /// Where the page of older items begins; none after the last one.
    pub next: Option<Cursor>,
    /// Where the page of newer items begins, of which there may be none yet; none in an empty list.
    pub previous: Option<Cursor>,
}

impl<T> Page<T> {
    /// The page that `read` makes: asked for with `from`, nearest to it first, one more than `limit` to know
    /// whether more follow. `place` tells where an item stands.
    pub fn of(
        mut read: Vec<T>,
        limit: u32,
        from: Option<Cursor>,
        place: impl Fn(&T) -> (Timestamp, Uuid),
    ) -> Self {
        let has_more = read.len() > limit as usize;
        read.truncate(limit as usize);
        Self::ending(read, has_more, from, place)
    }

    /// The same of those `read` that are on it, where it is known whether more follow.
    pub fn ending(
        mut read: Vec<T>,
        has_more: bool,
        from: Option<Cursor>,
        place: impl Fn(&T) -> (Timestamp, Uuid),
    ) -> Self {
        let is_newer = from.is_some_and(|from| from.towards == Towards::Newer);
        if is_newer {
            read.reverse();
        }
        let beside = |item: &T, towards| {
            let (at, id) = place(item);
            Cursor { at, id, towards }
        };
        // Whoever comes from older items knows that there are some.
        let next = read.last().filter(|_| has_more || is_newer);
        let next = next.map(|item| beside(item, Towards::Older));
        let previous = read.first().map(|item| beside(item, Towards::Newer));
        Self { next, previous: previous.or(from.filter(|_| is_newer)), items: read }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn cursor(seconds: i64, towards: Towards) -> Cursor {
        Cursor { at: at(seconds), id: Uuid::nil(), towards }
    }

    #[test]
    fn pages_lead_to_each_other() {
        use Towards::{Newer, Older};
        let page = |read: &[i64], from| {
            let page = Page::of(read.to_vec(), 2, from, |item| (at(*item), Uuid::nil()));
            let place = |cursor: Option<Cursor>| cursor.map(|at| (at.at.timestamp(), at.towards));
            (page.items, place(page.next), place(page.previous))
        };
        let older = |seconds| Some((seconds, Older));
        let newer = |seconds| Some((seconds, Newer));
        assert_eq!(page(&[9, 8, 7], None), (vec![9, 8], older(8), newer(9)));
        let from = Some(cursor(8, Older));
        assert_eq!(page(&[7, 6], from), (vec![7, 6], None, newer(7)));
        let from = Some(cursor(7, Newer));
        assert_eq!(page(&[8, 9, 10], from), (vec![9, 8], older(8), newer(9)));
        assert_eq!(page(&[8], from), (vec![8], older(8), newer(8)));
        assert_eq!(page(&[], from), (vec![], None, newer(7)));
        assert_eq!(page(&[], None), (vec![], None, None));
    }
}
