//! The store ports on PostgreSQL, for any number of processes at once.
//!
//! A trait method is one transaction. Whatever decides by what it has read takes the lock of the row
//! that the decision is about first, so the weakest isolation is enough. Locks are taken in one order:
//! user, chat, generation.

mod accounts;
mod api_keys;
mod archive;
mod astray;
mod batch;
mod chats;
mod connections;
mod error;
mod generations;
mod jobs;
mod ledger;
mod messages;
mod migrating;
mod migrations;
mod open;
mod outbox;
mod pools;
mod progress;
mod row;
mod store;
mod text;

pub use error::OpenError;
pub use migrations::NEWEST;
pub use open::Options;
pub use store::PostgresStore;

#[cfg(test)]
mod plans;
