//! Keeps the usage and audit books.
//!
//! Entries arrive at least once and are booked once: each carries an id made from its cause, and the
//! ledger knows the ids it has. A delivery is acknowledged only after its entry is committed.

mod batch;
mod book;
mod patience;
mod run;

pub use run::{Config, Ports, run};
