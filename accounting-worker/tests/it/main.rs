//! The books, on a real ledger and queue.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod books;
mod house;
