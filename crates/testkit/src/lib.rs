//! Contract cases for every port, clocks and fixtures for tests.
//!
//! An adapter proves itself by one line per port in its `tests/it/contract.rs`; every case becomes a
//! test of its own, so that a report names the broken promise and the adapter:
//!
//! ```text
//! testkit::outbox_contract!(my_adapter_under_test);
//! ```
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "cases fail by panicking, as tests do"
)]

pub mod clock;
pub mod contract;
pub mod keys;
pub mod log;
pub mod post_office;
pub mod sample;
pub mod tls;
