//! The same scenarios on every stack, with real processes; and the rules of the house.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod browser;
mod cases;
mod chance;
mod checker;
mod client;
mod cluster_up;
mod containers;
mod crash;
mod distributed;
mod doors;
mod embedded;
mod encrypted;
mod house;
mod kubernetes;
mod letters;
mod migrations;
mod notes;
mod process;
mod reload;
mod rights;
mod scenarios;
mod schema;
mod stack;
mod up;
mod versions;

use std::time::Duration;

/// How long an installation may take for what it has promised.
const PATIENCE: Duration = Duration::from_mins(1);

/// What takes so long hangs: servers that start beside those of other tests share two cores with them.
const HANGS: Duration = Duration::from_mins(3);

/// Waits for `wanted`, and fails when it does not come.
async fn within<T>(what: &str, wanted: impl Future<Output = T>) -> T {
    let late = |_| panic!("{what}: not within {HANGS:?}");
    tokio::time::timeout(HANGS, wanted).await.unwrap_or_else(late)
}
