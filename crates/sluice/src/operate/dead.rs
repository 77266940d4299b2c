//! `sluice dead …`

use std::{collections::BTreeMap, io::Write};

use serde_json::{Value, json};

use super::{Client, print_json, print_table};
use crate::cli::{Choice, DeadCommand, Which};

const COLUMNS: &[&str] = &["messageId", "queue", "kind", "since", "why"];

/// Does it.
pub fn run(flags: BTreeMap<String, String>, command: DeadCommand) -> anyhow::Result<()> {
    let client = Client::find(flags)?;
    let (verb, choice) = match command {
        DeadCommand::List { json } => {
            let answer = client.get("/api/ops/dead-letters")?;
            let items = &answer["items"];
            return if json { print_json(items) } else { print_table(items, COLUMNS) };
        }
        DeadCommand::Replay(choice) => ("replay", choice),
        DeadCommand::Drop(choice) => ("drop", choice),
    };
    let answer = client.post(&format!("/api/ops/dead-letters/{verb}"), Some(&body(choice)))?;
    writeln!(std::io::stdout(), "{} matching, {} done", answer["matching"], answer["done"])?;
    Ok(())
}

fn body(choice: Choice) -> Value {
    let Choice { which: Which { message_ids, why, all }, dry_run } = choice;
    match why {
        _ if all => json!({"all": true, "dryRun": dry_run}),
        Some(why) => json!({"why": why, "dryRun": dry_run}),
        None => json!({"messageIds": message_ids, "dryRun": dry_run}),
    }
}
