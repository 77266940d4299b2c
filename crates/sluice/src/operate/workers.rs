//! `sluice workers …`

use std::collections::BTreeMap;

use serde_json::json;

use super::{Client, print_json, print_table};
use crate::cli::WorkersCommand;

const COLUMNS: &[&str] = &["worker", "provider", "slots", "busy", "paused", "version"];

/// Does it.
pub fn run(flags: BTreeMap<String, String>, command: WorkersCommand) -> anyhow::Result<()> {
    let client = Client::find(flags)?;
    let (worker, verb, body) = match command {
        WorkersCommand::List { json } => {
            let answer = client.get("/api/ops/workers")?;
            let items = &answer["items"];
            return if json { print_json(items) } else { print_table(items, COLUMNS) };
        }
        WorkersCommand::Scale { worker, concurrency } => {
            (worker, "scale", Some(json!({ "concurrency": concurrency })))
        }
        WorkersCommand::Drain { worker } => (worker, "drain", None),
        WorkersCommand::Resume { worker } => (worker, "resume", None),
    };
    let answer = client.post(&format!("/api/ops/workers/{worker}/{verb}"), body.as_ref())?;
    print_table(&answer["items"], COLUMNS)
}
