//! Invariants 11 and 16: nothing is left in a queue, and nothing stays for ever on the live side.

use lapin::{Connection, ConnectionProperties, options::QueueDeclareOptions, types::FieldTable};
use serde_json::Value;
use tokio::process::Command;

use super::{Evidence, must};
use crate::{client::http, stack::Engines};

/// What is left on the servers.
#[derive(Debug, Clone, Default)]
pub struct ServersState {
    /// How many messages wait in each queue.
    pub queues: Vec<(String, u64)>,
    /// The keys of the live side that never expire.
    pub everlasting: Vec<String>,
}

impl ServersState {
    /// Reads what `engines` hold.
    pub async fn read(engines: &Engines) -> Self {
        Self { queues: queues(engines).await, everlasting: everlasting(engines).await }
    }

    /// Whether no queue holds anything but dead letters.
    pub fn is_quiet(&self) -> bool {
        self.queues.iter().all(|(name, waiting)| *waiting == 0 || is_dead_letters(name))
    }
}

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let state = evidence.servers;
    // A job that was given up waits for an operator.
    let failed = evidence.store.generations.iter().filter(|row| row.status == "failed").count();
    for (name, waiting) in &state.queues {
        let may_wait =
            if name == "generation.dead" { failed as u64 + evidence.nonsense } else { 0 };
        must(found, 11, *waiting <= may_wait, || format!("{waiting} messages are left in {name}"));
        let parked = name != "generation.dead" || *waiting >= evidence.nonsense;
        must(found, 11, parked, || format!("only {waiting} messages are in {name}"));
    }
    must(found, 16, state.everlasting.is_empty(), || {
        format!("keys that never expire: {:?}", state.everlasting)
    });
}

/// Whether operators are to look at what is in the queue called `name`.
fn is_dead_letters(name: &str) -> bool {
    ["generation.dead", "accounting.dead"].contains(&name)
}

/// How many messages each queue holds, those that are out included.
async fn queues(engines: &Engines) -> Vec<(String, u64)> {
    let mut queues = counted(engines).await;
    // What the broker has counted is up to a second old, and of a new queue there is nothing yet. A
    // queue that is asked knows what is ready.
    let connection = Connection::connect(&engines.rabbitmq_url, ConnectionProperties::default());
    let channel = connection.await.unwrap().create_channel().await.unwrap();
    for (name, waiting) in &mut queues {
        let passive = QueueDeclareOptions { passive: true, ..Default::default() };
        let queue = channel.queue_declare(name.as_str().into(), passive, FieldTable::default());
        *waiting = u64::from(queue.await.unwrap().message_count()).max(*waiting);
    }
    queues
}

async fn counted(engines: &Engines) -> Vec<(String, u64)> {
    let url = format!(
        "{}/api/queues/{}?disable_stats=true&enable_queue_totals=true",
        engines.management_url, engines.vhost
    );
    let listed: Value = http().get(url).send().await.unwrap().json().await.unwrap();
    let queue = |queue: &Value| {
        let name = queue["name"].as_str().unwrap().to_owned();
        (name, queue["messages"].as_u64().unwrap_or_default())
    };
    listed.as_array().unwrap().iter().map(queue).collect()
}

async fn everlasting(engines: &Engines) -> Vec<String> {
    const SCRIPT: &str = "local found = {} \
         for _, key in ipairs(redis.call('KEYS', '*')) do \
         if redis.call('PTTL', key) == -1 then table.insert(found, key) end end \
         return found";
    let url = engines.redis.url();
    let arguments = ["-u", &url, "EVAL", SCRIPT, "0"];
    let output = Command::new("redis-cli").args(arguments).output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let listed = String::from_utf8(output.stdout).unwrap();
    listed.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
