//! `sluice keys …`

use super::{Client, print_item, print_items};
use crate::cli::KeysCommand;

const COLUMNS: &[&str] = &["provider", "key", "state", "until", "usedInWindow", "group", "weight"];

/// Does it.
pub fn run(client: &Client, command: KeysCommand, json: bool) -> anyhow::Result<()> {
    let (provider, key, verb) = match command {
        KeysCommand::List => {
            return print_items(json, &client.get("/api/ops/keys")?["items"], COLUMNS);
        }
        KeysCommand::Enable { provider, key } => (provider, key, "enable".to_owned()),
        KeysCommand::Disable { provider, key, seconds } => {
            let wait = seconds.map_or_else(String::new, |seconds| format!("?seconds={seconds}"));
            (provider, key, format!("disable{wait}"))
        }
        KeysCommand::Test { provider, key } => return test(client, &provider, &key, json),
    };
    let changed = client.post(&format!("/api/ops/keys/{provider}/{key}/{verb}"), None)?;
    print_item(json, changed, COLUMNS)
}

/// Prints what a worker found; fails if the key is not well.
fn test(client: &Client, provider: &str, key: &str, json: bool) -> anyhow::Result<()> {
    let answer = client.post(&format!("/api/ops/keys/{provider}/{key}/test"), None)?;
    let found = answer["probe"]["found"].as_str().unwrap_or_default().to_owned();
    print_item(json, answer, COLUMNS)?;
    anyhow::ensure!(found == "well", "the provider answered: {found}");
    Ok(())
}
