//! `sluice jobs …`

use std::{collections::BTreeMap, io::Write};

use super::{Client, print_json};
use crate::cli::JobsCommand;

/// Does it.
pub fn run(flags: BTreeMap<String, String>, command: JobsCommand) -> anyhow::Result<()> {
    let client = Client::find(flags)?;
    let (id, verb) = match command {
        JobsCommand::Show { id, json } => {
            let answer = client.get(&format!("/api/ops/generations/{id}"))?;
            if json {
                return print_json(&answer);
            }
            let status = answer["generation"]["status"].as_str().unwrap_or_default();
            let why = answer["why"].as_str().unwrap_or_default();
            writeln!(std::io::stdout(), "{status}: {why}")?;
            return Ok(());
        }
        JobsCommand::Cancel { id } => (id, "cancel"),
        JobsCommand::Retry { id } => (id, "retry"),
    };
    let answer = client.post(&format!("/api/ops/generations/{id}/{verb}"), None)?;
    writeln!(std::io::stdout(), "{}", answer["status"].as_str().unwrap_or_default())?;
    Ok(())
}
