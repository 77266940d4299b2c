//! `sluice pools …`

use std::{thread, time::Duration};

use serde_json::{Value, json};

use super::{Client, page::query, print_item, print_items};
use crate::{cli::PoolsCommand, out};

/// How often it is looked how many answers are under way. Workers say it every second.
const LOOK_AGAIN: Duration = Duration::from_millis(300);

/// How often it is looked before it is believed that there are no workers.
const LOOKS_FOR_WORKERS: u32 = 10;

const COLUMNS: &[&str] = &[
    "provider",
    "paused",
    "pausedBy",
    "pausedAt",
    "pauseReason",
    "concurrency",
    "requestsPerMinute",
    "workers",
    "slots",
    "busy",
];

/// Does it.
pub fn run(client: &Client, command: PoolsCommand, json: bool) -> anyhow::Result<()> {
    let (provider, change) = match command {
        PoolsCommand::List => {
            return print_items(json, &client.get("/api/ops/pools")?["items"], COLUMNS);
        }
        PoolsCommand::Drain { provider, reason } => {
            return drain(client, &provider, &pause(reason), json);
        }
        PoolsCommand::Pause { provider, reason } => (provider, pause(reason)),
        PoolsCommand::Resume { provider } => (provider, json!({"paused": false})),
        PoolsCommand::Scale { provider, concurrency } => {
            (provider, json!({"concurrency": concurrency}))
        }
        PoolsCommand::Limits { provider, requests_per_minute } => {
            (provider, json!({"requestsPerMinute": requests_per_minute}))
        }
    };
    let changed = client.patch(&format!("/api/ops/pools/{provider}"), &change)?;
    print_item(json, changed, COLUMNS)
}

/// What pauses a pool.
fn pause(reason: Option<String>) -> Value {
    let mut change = json!({"paused": true});
    if let Some(reason) = reason {
        change["reason"] = json!(reason);
    }
    change
}

/// Pauses the pool, and waits until none of its workers has an answer under way. Whoever does not wait so long
/// leaves it paused.
fn drain(client: &Client, provider: &str, pause: &Value, json: bool) -> anyhow::Result<()> {
    let path = format!("/api/ops/pools/{provider}");
    let mut paused = client.patch(&path, pause)?;
    let mut told = None;
    for look in 0_u32.. {
        let UnderWay { answers, is_over } = under_way(client, provider)?;
        // Workers that have begun a moment ago have not said anything yet.
        if is_over.unwrap_or(look >= LOOKS_FOR_WORKERS) && answers == 0 {
            break;
        }
        if told != Some(answers) {
            out::tell(format_args!("{provider} is paused; answers under way: {answers}"));
            told = Some(answers);
        }
        thread::sleep(LOOK_AGAIN);
    }
    paused["busy"] = json!(0);
    print_item(json, paused, COLUMNS)
}

/// What goes on in a pool.
struct UnderWay {
    /// How many answers are under way, as the store has it or workers say.
    answers: u64,
    /// Whether all its workers take no more jobs and have none left; none if there are no workers.
    is_over: Option<bool>,
}

fn under_way(client: &Client, provider: &str) -> anyhow::Result<UnderWay> {
    let workers = client.get("/api/ops/workers")?;
    let workers = workers["items"].as_array().map(Vec::as_slice).unwrap_or_default().iter();
    let own: Vec<&Value> = workers.filter(|worker| worker["provider"] == provider).collect();
    let busy = own.iter().filter_map(|worker| worker["busy"].as_u64()).sum::<u64>();
    let is_idle = busy == 0 && own.iter().all(|worker| worker["paused"] == true);
    let (state, of) = (Some("streaming".to_owned()), Some(provider.to_owned()));
    let streaming = query(&[("state", state), ("provider", of), ("limit", Some("100".to_owned()))]);
    let streaming = client.get(&format!("/api/ops/generations{streaming}"))?;
    let streaming = streaming["items"].as_array().map_or(0, Vec::len) as u64;
    let is_over = (!own.is_empty()).then_some(is_idle);
    Ok(UnderWay { answers: busy.max(streaming), is_over })
}
