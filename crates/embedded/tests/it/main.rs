//! The promises of the ports, kept by the adapters of this crate, and what only they promise.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking, their fixtures too")]

mod contract;
mod keys;
mod keys_budgets;
mod keys_property;
mod limits;
mod log;
mod log_property;
mod queue;
