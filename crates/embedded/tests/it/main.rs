//! The promises of the ports, kept by the adapters of this crate, and what only they promise.

mod contract;
