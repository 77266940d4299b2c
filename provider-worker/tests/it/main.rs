//! The worker with the embedded adapters, against the simulated provider over real HTTP, or against
//! a provider made of words where time is turned.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod cancels;
mod connections;
mod cut;
mod deaf;
mod dialects;
mod fallbacks;
mod fated;
mod faults;
mod key_limits;
mod keys;
mod ladder;
mod lines;
mod maxima;
mod outages;
mod overload;
mod pools;
mod redelivery;
mod reload;
mod scripted;
mod secrets;
mod shutdown;
mod storms;
mod uneven;
mod unheard;
mod world;
