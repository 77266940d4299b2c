//! Event logs, keys and limits on Redis, shared by any number of processes.
//!
//! Each generation has a hash that says how far its log has come, and a list of its entries; each
//! provider has a hash of its keys, and each key a sorted set of its recent loans. Every change is one
//! script, which Redis runs alone and by its own clock, so no two processes ever disagree. What Redis
//! forgets is found out by those who still know it: see the module `keys` and the ports.

mod answer;
mod connect;
mod connection;
mod controls;
mod error;
mod keys;
mod limits;
mod lock;
mod log;
mod names;
mod notices;
mod options;
mod place;
mod run;
mod script;
mod subscription;
mod wait;

pub use connect::{ConnectError, RedisLive};
pub use options::Options;
