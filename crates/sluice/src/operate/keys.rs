//! `sluice keys …`

use std::collections::BTreeMap;

use super::{Client, print_json, print_table};
use crate::cli::KeysCommand;

const COLUMNS: &[&str] = &["provider", "key", "state", "until", "usedInWindow", "group", "weight"];

/// Does it.
pub fn run(flags: BTreeMap<String, String>, command: KeysCommand) -> anyhow::Result<()> {
    let client = Client::find(flags)?;
    let (provider, key, verb) = match command {
        KeysCommand::List { json } => {
            let answer = client.get("/api/ops/keys")?;
            let items = &answer["items"];
            return if json { print_json(items) } else { print_table(items, COLUMNS) };
        }
        KeysCommand::Enable { provider, key } => (provider, key, "enable".to_owned()),
        KeysCommand::Disable { provider, key, seconds } => {
            let wait = seconds.map_or_else(String::new, |seconds| format!("?seconds={seconds}"));
            (provider, key, format!("disable{wait}"))
        }
        KeysCommand::Test { provider, key } => return test(&client, &provider, &key),
    };
    let changed = client.post(&format!("/api/ops/keys/{provider}/{key}/{verb}"), None)?;
    print_table(&vec![changed].into(), COLUMNS)
}

/// Prints what a worker found; fails if the key is not well.
fn test(client: &Client, provider: &str, key: &str) -> anyhow::Result<()> {
    let answer = client.post(&format!("/api/ops/keys/{provider}/{key}/test"), None)?;
    print_table(&vec![answer.clone()].into(), COLUMNS)?;
    let found = answer["probe"]["found"].as_str().unwrap_or_default();
    anyhow::ensure!(found == "well", "the provider answered: {found}");
    Ok(())
}
