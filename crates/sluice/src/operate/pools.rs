//! `sluice pools …`

use std::collections::BTreeMap;

use serde_json::json;

use super::{Client, print_json, print_table};
use crate::cli::PoolsCommand;

const COLUMNS: &[&str] =
    &["provider", "paused", "concurrency", "requestsPerMinute", "workers", "slots", "busy"];

/// Does it.
pub fn run(flags: BTreeMap<String, String>, command: PoolsCommand) -> anyhow::Result<()> {
    let client = Client::find(flags)?;
    let (provider, change) = match command {
        PoolsCommand::List { json } => {
            let answer = client.get("/api/ops/pools")?;
            let items = &answer["items"];
            return if json { print_json(items) } else { print_table(items, COLUMNS) };
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
    print_table(&vec![changed].into(), COLUMNS)
}
