//! The books.

use std::time::Duration;

use metrics::{counter, gauge};

use crate::catalogue::{BOOKED, LAG};

/// A batch was booked in `book`: `new` entries, and `known` ones that were there before.
pub fn accounting_booked(book: &'static str, new: u64, known: u64) {
    counter!(BOOKED.name, "book" => book, "result" => "booked").increment(new);
    counter!(BOOKED.name, "book" => book, "result" => "duplicate").increment(known);
}

/// How old the oldest entry of the last batch of `book` was.
pub fn accounting_lag(book: &'static str, age: Duration) {
    gauge!(LAG.name, "book" => book).set(age.as_secs_f64());
}
