//! Takes jobs, lends keys, streams answers from providers.
//!
//! A worker owns the provider keys and the way out to the providers, and no database: it takes jobs
//! from the queue, writes events into the log, and reports how it went. [`run`] is the service.

mod attempt;
mod breakers;
mod calls;
mod cancels;
mod config;
mod disposition;
mod driver;
mod flush;
mod intake;
mod keyring;
mod lane;
mod lines;
mod load;
mod patience;
mod plan;
mod ports;
mod probing;
mod providers;
mod redact;
mod registering;
mod reload;
mod reports;
pub mod settings;
mod worker;

pub use config::{Config, Crowd, Deadlines, Dialect, Limits, ProviderConfig};
pub use keyring::key_id;
pub use ports::Ports;
#[cfg(fuzzing)]
pub use providers::fuzzing;
pub use providers::{BaseUrl, HttpProvider, InvalidBaseUrl};
pub use reload::Reloads;
pub use worker::{Providers, StartError, run, run_with};
