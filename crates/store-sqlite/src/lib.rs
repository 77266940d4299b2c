//! The store ports on SQLite: one file, one process, every commit on disk before it is answered.
//!
//! A trait method is one transaction. All writing goes through one connection, so that no two
//! transactions ever wait for each other inside SQLite; reading has connections of its own, which
//! the write-ahead log lets run beside it.

mod accounts;
mod api_keys;
mod archive;
mod batch;
mod chats;
mod error;
mod generations;
mod jobs;
mod ledger;
mod lock;
mod messages;
mod migrations;
mod open;
mod outbox;
mod pools;
mod progress;
mod row;
mod store;
mod writer;

pub use error::OpenError;
pub use migrations::NEWEST;
pub use open::Options;
pub use store::SqliteStore;

#[cfg(test)]
mod plans;
