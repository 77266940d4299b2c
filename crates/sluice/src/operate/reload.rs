//! `sluice reload`

use serde_json::json;

use super::{Client, print_json};
use crate::out;

/// Does it.
pub fn run(client: &Client, json: bool) -> anyhow::Result<()> {
    client.post("/api/ops/reload", None)?;
    if json {
        return print_json(&json!({"asked": true}));
    }
    out::tell("workers read their keys and limits again");
    Ok(())
}
