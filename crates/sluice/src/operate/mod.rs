//! What operators do from the command line: the operators' routes of a running Sluice.
//!
//! Where it is comes from `--host` and `--port`, else from `SLUICE_URL`, else from the data directory, else from
//! the settings; the token from `SLUICE_TOKEN`, else from `OPS_TOKEN`, else from the data directory.

pub mod audit;
mod client;
pub mod dead;
pub mod jobs;
pub mod keys;
mod page;
pub mod pools;
pub mod queues;
pub mod reload;
mod table;
pub mod usage;
pub mod users;
pub mod workers;

pub use client::Client;
use table::print_item;
pub use table::{print_items, print_json};
