//! `sluice pools …`

use serde_json::json;

use super::{Client, print_item, print_items};
use crate::cli::PoolsCommand;

const COLUMNS: &[&str] =
    &["provider", "paused", "concurrency", "requestsPerMinute", "workers", "slots", "busy"];

/// Does it.
pub fn run(client: &Client, command: PoolsCommand, json: bool) -> anyhow::Result<()> {
    let (provider, change) = match command {
        PoolsCommand::List => {
            return print_items(json, &client.get("/api/ops/pools")?["items"], COLUMNS);
        }
        PoolsCommand::Pause { provider } => (provider, json!({"paused": true})),
        PoolsCommand::Resume { provider } => (provider, json!({"paused": false})),
        PoolsCommand::Scale { provider, concurrency } => {
            (provider, json!({"concurrency": concurrency}))
        }
        PoolsCommand::Limits { provider, requests_per_minute } => {
            (provider, json!({"requestsPerMinute": requests_per_minute}))
        }
    };
    let changed = client.patch(&format!("/api/ops/pools/{provider}"), &change)?;
    print_item(json, changed, COLUMNS)
}
