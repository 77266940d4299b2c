//! The same scenarios on every stack, with real processes; and the rules of the house.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod house;
