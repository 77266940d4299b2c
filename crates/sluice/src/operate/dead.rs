//! `sluice dead …`

use std::{collections::BTreeMap, io::Write, thread, time::Duration};

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
        DeadCommand::Show { id } => {
            return print_json(&client.get(&format!("/api/ops/dead-letters/{id}"))?);
        }
        DeadCommand::Replay { choice, rate: Some(rate) } if !choice.dry_run => {
            return replay_slowly(&client, &choice.which, rate);
        }
        DeadCommand::Replay { choice, .. } => ("replay", choice),
        DeadCommand::Drop(choice) => ("drop", choice),
    };
    let answer = client.post(&format!("/api/ops/dead-letters/{verb}"), Some(&body(choice)))?;
    let ended = answer["ended"].as_u64().unwrap_or_default();
    print_counts(&answer["matching"], &answer["done"], ended)
}

/// Says how many there were, and why some were left alone.
fn print_counts(matching: &Value, done: &Value, ended: u64) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{matching} matching, {done} done")?;
    if ended > 0 {
        writeln!(out, "{ended} left alone: their generations have ended")?;
    }
    Ok(())
}

/// So many a second, until those that are there now are done.
fn replay_slowly(client: &Client, which: &Which, rate: u16) -> anyhow::Result<()> {
    let letters = client.get("/api/ops/dead-letters")?;
    let letters = letters["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let means = |letter: &&Value| {
        let (id, why) = (letter["messageId"].as_str(), letter["why"].as_str());
        let by_why = which.why.as_ref().zip(why).is_some_and(|(text, why)| why.contains(text));
        let named = id.is_some_and(|id| which.message_ids.iter().any(|wanted| wanted == id));
        which.all || by_why || named
    };
    let ids: Vec<&Value> =
        letters.iter().filter(means).map(|letter| &letter["messageId"]).collect();
    let (mut done, mut ended) = (0, 0);
    for (second, some) in ids.chunks(usize::from(rate)).enumerate() {
        if second > 0 {
            thread::sleep(Duration::from_secs(1));
        }
        let choice = json!({ "messageIds": some });
        let answer = client.post("/api/ops/dead-letters/replay", Some(&choice))?;
        done += answer["done"].as_u64().unwrap_or_default();
        ended += answer["ended"].as_u64().unwrap_or_default();
        writeln!(std::io::stderr(), "{done} of {}", ids.len())?;
    }
    print_counts(&ids.len().into(), &done.into(), ended)
}

fn body(choice: Choice) -> Value {
    let Choice { which: Which { message_ids, why, all }, dry_run } = choice;
    match why {
        _ if all => json!({"all": true, "dryRun": dry_run}),
        Some(why) => json!({"why": why, "dryRun": dry_run}),
        None => json!({"messageIds": message_ids, "dryRun": dry_run}),
    }
}
