//! `sluice dead …`

use std::{collections::BTreeSet, thread, time::Duration};

use boot::failure::NotFound;
use serde_json::{Value, json};

use super::{
    Client,
    page::{query, tell_of_more},
    print_items, print_json,
};
use crate::{
    cli::{Choice, DeadCommand, Which},
    out,
};

const COLUMNS: &[&str] = &["messageId", "queue", "kind", "since", "why"];

/// Does it.
pub fn run(client: &Client, command: DeadCommand, json: bool) -> anyhow::Result<()> {
    let (verb, mut choice, rate) = match command {
        DeadCommand::List { after } => return list(client, after, json),
        DeadCommand::Show { id } => {
            return print_json(&client.get(&format!("/api/ops/dead-letters/{id}"))?);
        }
        DeadCommand::Replay { choice, rate } => ("replay", choice, rate),
        DeadCommand::Drop(choice) => ("drop", choice, None),
    };
    let ids: BTreeSet<_> = choice.which.message_ids.drain(..).collect();
    let named = ids.len() as u64;
    choice.which.message_ids = ids.into_iter().collect();
    let counts = match rate.filter(|_| !choice.dry_run) {
        Some(rate) => replay_slowly(client, &choice.which, rate)?,
        None => go_through(client, verb, body(choice))?,
    };
    counts.print(json)?;
    counts.all_found(named)
}

fn list(client: &Client, after: Option<String>, json: bool) -> anyhow::Result<()> {
    let answer = client.get(&format!("/api/ops/dead-letters{}", query(&[("cursor", after)])))?;
    print_items(json, &answer["items"], COLUMNS)?;
    tell_of_more(&answer, "--after");
    Ok(())
}

/// With how many something was done.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    matching: u64,
    done: u64,
    ended: u64,
}

impl Counts {
    fn add(&mut self, answer: &Value) {
        let count = |name: &str| answer[name].as_u64().unwrap_or_default();
        self.matching += count("matching");
        self.done += count("done");
        self.ended += count("ended");
    }

    /// Says how many there were, and why some were left alone.
    fn print(&self, json: bool) -> anyhow::Result<()> {
        let Self { matching, done, ended } = self;
        if json {
            return print_json(&json!({"matching": matching, "done": done, "ended": ended}));
        }
        out::print(format_args!("{matching} matching, {done} done\n"))?;
        if *ended > 0 {
            out::print(format_args!("{ended} left alone: their generations have ended\n"))?;
        }
        Ok(())
    }

    /// Fails if fewer are there than were `named` by their ids.
    fn all_found(&self, named: u64) -> anyhow::Result<()> {
        match named.saturating_sub(self.matching) {
            0 => Ok(()),
            missing => {
                Err(NotFound(format!("{missing} of {named} ids are of no dead letter")).into())
            }
        }
    }
}

/// Does `verb` with all that `choice` means, as many at once as are looked at at once.
fn go_through(client: &Client, verb: &str, mut choice: Value) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    loop {
        let answer = client.post(&format!("/api/ops/dead-letters/{verb}"), Some(&choice))?;
        counts.add(&answer);
        if answer["nextCursor"].is_null() {
            return Ok(counts);
        }
        out::tell(format_args!("{} matching so far, {} done", counts.matching, counts.done));
        choice["cursor"] = answer["nextCursor"].clone();
        choice["until"] = answer["until"].clone();
    }
}

/// So many a second, until those that are there now are done.
fn replay_slowly(client: &Client, which: &Which, rate: u16) -> anyhow::Result<Counts> {
    let ids = meant(client, which)?;
    let mut counts = Counts::default();
    for (second, some) in ids.chunks(usize::from(rate)).enumerate() {
        if second > 0 {
            thread::sleep(Duration::from_secs(1));
        }
        let choice = json!({ "messageIds": some });
        counts.add(&client.post("/api/ops/dead-letters/replay", Some(&choice))?);
        out::tell(format_args!("{} of {}", counts.done, ids.len()));
    }
    Ok(counts)
}

/// The ids of the letters that are there now and meant.
fn meant(client: &Client, which: &Which) -> anyhow::Result<Vec<Value>> {
    if which.why.is_none() && !which.all {
        return Ok(which.message_ids.iter().map(|id| json!(id)).collect());
    }
    let (mut ids, mut cursor) = (Vec::new(), None);
    loop {
        let query = query(&[("cursor", cursor)]);
        let answer = client.get(&format!("/api/ops/dead-letters{query}"))?;
        let letters = answer["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        let holds = |letter: &&Value| match (&which.why, letter["why"].as_str()) {
            (Some(text), Some(why)) => why.contains(text),
            _ => which.all,
        };
        ids.extend(letters.iter().filter(holds).map(|letter| letter["messageId"].clone()));
        cursor = answer["nextCursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return Ok(ids);
        }
    }
}

fn body(choice: Choice) -> Value {
    let Choice { which: Which { message_ids, why, all }, dry_run } = choice;
    match why {
        _ if all => json!({"all": true, "dryRun": dry_run}),
        Some(why) => json!({"why": why, "dryRun": dry_run}),
        None => json!({"messageIds": message_ids, "dryRun": dry_run}),
    }
}
