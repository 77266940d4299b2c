//! The queue on a real broker, every test in a virtual host of its own.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking, their fixtures too")]

mod channels;
mod contract;
mod dead;
mod host;
mod messages;
mod outages;
mod patience;
mod slow;
mod topology;
