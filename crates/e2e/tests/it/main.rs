//! The same scenarios on every stack, with real processes; and the rules of the house.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod browser;
mod cases;
mod chance;
mod checker;
mod client;
mod cluster_up;
mod crash;
mod distributed;
mod doors;
mod embedded;
mod encrypted;
mod house;
mod letters;
mod migrations;
mod process;
mod reload;
mod rights;
mod scenarios;
mod schema;
mod stack;
mod versions;

use std::time::Duration;

/// No wait of any test is longer: what takes so long hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waits for `wanted`, and fails when it does not come.
async fn within<T>(what: &str, wanted: impl Future<Output = T>) -> T {
    let late = |_| panic!("{what}: not within {PATIENCE:?}");
    tokio::time::timeout(PATIENCE, wanted).await.unwrap_or_else(late)
}
