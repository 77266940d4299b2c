//! `sluice queues`

use super::{Client, print_items};

const COLUMNS: &[&str] = &["name", "ready", "unsettled", "delayed", "oldest"];

/// Prints how much waits in each queue.
pub fn run(client: &Client, json: bool) -> anyhow::Result<()> {
    print_items(json, &client.get("/api/ops/queues")?["items"], COLUMNS)
}
