//! Properties of the domain's rules, and what it writes for others to read.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod generation;
mod wire;
