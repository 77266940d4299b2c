//! The promises of the ports, kept by the adapters of this crate, and what only they promise.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking, their fixtures too")]

mod cluster;
mod contract;
mod gaps;
mod installation;
mod keys;
mod leftovers;
mod nodes;
mod outages;
mod server;
mod sharing;
mod turns;
mod windows;
mod worker;
