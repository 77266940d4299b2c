//! `sluice keys …`

use std::collections::BTreeMap;

use super::{Client, print_json, print_table};
use crate::cli::KeysCommand;

const COLUMNS: &[&str] = &["provider", "key", "state", "until", "usedInWindow"];

/// Does it.
pub fn run(flags: BTreeMap<String, String>, command: KeysCommand) -> anyhow::Result<()> {
    let client = Client::find(flags)?;
    let (provider, key, verb) = match command {
        KeysCommand::List { json } => {
            let answer = client.get("/api/ops/keys")?;
            let items = &answer["items"];
            return if json { print_json(items) } else { print_table(items, COLUMNS) };
        }
        KeysCommand::Enable { provider, key } => (provider, key, "enable"),
        KeysCommand::Disable { provider, key } => (provider, key, "disable"),
    };
    let changed = client.post(&format!("/api/ops/keys/{provider}/{key}/{verb}"), None)?;
    print_table(&vec![changed].into(), COLUMNS)
}
