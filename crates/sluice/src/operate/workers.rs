//! `sluice workers …`

use std::{thread, time::Duration};

use serde_json::{Value, json};

use super::{Client, print_items};
use crate::{cli::WorkersCommand, out};

const COLUMNS: &[&str] = &["worker", "provider", "slots", "busy", "paused", "version"];

/// Workers say every second how they are.
const LOOKS: u32 = 15;
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Does it.
pub fn run(client: &Client, command: WorkersCommand, json: bool) -> anyhow::Result<()> {
    let (worker, verb, body, wanted) = match command {
        WorkersCommand::List => {
            return print_items(json, &client.get("/api/ops/workers")?["items"], COLUMNS);
        }
        WorkersCommand::Scale { worker, concurrency } => {
            let wanted = (concurrency > 0).then(|| ("slots", json!(concurrency)));
            (worker, "scale", Some(json!({ "concurrency": concurrency })), wanted)
        }
        WorkersCommand::Drain { worker } => (worker, "drain", None, Some(("paused", json!(true)))),
        WorkersCommand::Resume { worker } => {
            (worker, "resume", None, Some(("paused", json!(false))))
        }
    };
    let answer = client.post(&format!("/api/ops/workers/{worker}/{verb}"), body.as_ref())?;
    let items = match wanted {
        Some(wanted) => followed(client, &worker, &wanted)?,
        None => answer["items"].clone(),
    };
    print_items(json, &items, COLUMNS)
}

/// What `worker` says of itself once it has done what is wanted, or after a while if it does not.
fn followed(client: &Client, worker: &str, (name, value): &(&str, Value)) -> anyhow::Result<Value> {
    let mut own = Vec::new();
    for look in 0..LOOKS {
        if look > 0 {
            thread::sleep(LOOK_AGAIN);
        }
        let answer = client.get("/api/ops/workers")?;
        let items = answer["items"].as_array().cloned().unwrap_or_default();
        own = items.into_iter().filter(|status| status["worker"] == worker).collect();
        if own.iter().all(|status| status[name] == *value) {
            return Ok(own.into());
        }
    }
    out::tell("it was told, and says the same as before; in a paused pool it stays paused");
    Ok(own.into())
}
