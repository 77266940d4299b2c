//! The promises of the ports, kept by the adapters of this crate, and what only they promise.

mod contract;
mod keys;
mod keys_property;
mod limits;
mod log;
mod log_property;
mod queue;
