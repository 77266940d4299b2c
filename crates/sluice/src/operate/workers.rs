//! `sluice workers …`

use std::collections::BTreeMap;

use super::{Client, print_json, print_table};
use crate::cli::WorkersCommand;

const COLUMNS: &[&str] = &["worker", "provider", "slots", "busy", "paused", "version"];

/// Does it.
pub fn run(flags: BTreeMap<String, String>, command: WorkersCommand) -> anyhow::Result<()> {
    let client = Client::find(flags)?;
    let (worker, verb) = match command {
        WorkersCommand::List { json } => {
            let answer = client.get("/api/ops/workers")?;
            let items = &answer["items"];
            return if json { print_json(items) } else { print_table(items, COLUMNS) };
        }
        WorkersCommand::Drain { worker } => (worker, "drain"),
        WorkersCommand::Resume { worker } => (worker, "resume"),
    };
    let answer = client.post(&format!("/api/ops/workers/{worker}/{verb}"), None)?;
    print_table(&answer["items"], COLUMNS)
}
