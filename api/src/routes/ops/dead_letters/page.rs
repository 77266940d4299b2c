//! Dead letters in pages, the oldest first.

use ports::{
    queue::{DeadLetter, DeadPlace},
    store::{Cursor, Towards},
};

/// How many are looked at at once.
pub(super) const MOST: u32 = 1000;

/// The place that a cursor tells.
pub(super) fn behind(cursor: Option<Cursor>) -> Option<DeadPlace> {
    cursor.map(|cursor| (cursor.at, cursor.id))
}

/// Where those behind `letters` begin; none if `letters` are the last.
pub(super) fn next(letters: &[DeadLetter]) -> Option<Cursor> {
    let last = letters.last().filter(|_| letters.len() >= MOST as usize)?;
    let (at, id) = last.place();
    Some(Cursor { at, id, towards: Towards::Newer })
}
