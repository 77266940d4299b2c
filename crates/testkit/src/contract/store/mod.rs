//! Promises of `ports::store`.

pub mod accounts;
pub mod api_keys;
mod bench;
pub mod chats;
pub mod generations;
pub mod jobs;
pub mod ledger;
pub mod outbox;
pub mod pools;
pub mod progress;

pub use self::bench::StoreUnderTest;
