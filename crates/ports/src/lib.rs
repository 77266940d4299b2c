//! The traits between services and adapters, with their promises.
//!
//! A port speaks the domain's verbs, never a backend's. One method is one whole transaction. What
//! can be expected to happen is a value; an error is a surprise, and opaque. Every promise written
//! at a method is a case in `testkit::contract`, run against every adapter.
//!
//! # Adding a promise
//!
//! 1. Write it into the method's doc, in one sentence that could be false.
//! 2. Add a case to `testkit/src/contract/<port>.rs` that fails without it.
//! 3. Make every adapter pass. No adapter may answer "unsupported".

pub mod backends;
pub mod clock;
pub mod live;
pub mod mail;
pub mod provider;
pub mod queue;
pub mod store;

pub use backends::{Broker, Live, Store};
pub use clock::Clock;
