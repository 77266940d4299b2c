//! What operators see.

use std::collections::BTreeMap;

use domain::{
    model::ProviderName,
    pool::{PoolWish, WorkerStatus},
    time::Timestamp,
};
use ports::{
    queue::{DeadLetter, Depth, Topic},
    store::{Backlog, Pause},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// How much waits in a queue.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueueShape {
    /// Its name.
    name: String,
    /// Ready to be delivered.
    ready: u64,
    /// Delivered and not ended.
    unsettled: u64,
    /// Waiting for their time.
    delayed: u64,
    /// Of the jobs whose time has come, since when the first one waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    oldest: Option<Timestamp>,
    /// The jobs that wait for their time, by rung of the ladder.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rungs: Vec<RungShape>,
}

/// Jobs that wait on one rung.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RungShape {
    /// How many rungs they have used; 0 for those that wait for a key.
    retries: u32,
    /// How many there are.
    jobs: u64,
    /// When the first of them is due.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    next: Timestamp,
}

impl QueueShape {
    /// What `depth` says of `topic`.
    pub(crate) fn new(topic: &Topic, depth: Depth) -> Self {
        let Depth { ready, unsettled, delayed } = depth;
        Self { name: topic.to_string(), ready, unsettled, delayed, oldest: None, rungs: Vec::new() }
    }

    /// The same with what the store knows of the jobs in it.
    pub(crate) fn with(mut self, topic: &Topic, backlog: &[Backlog]) -> Self {
        let Topic::Requests(provider) = topic else { return self };
        let own = || backlog.iter().filter(|row| row.provider == *provider);
        self.oldest = own().filter(|row| !row.waits).map(|row| row.first).min();
        let waiting = own().filter(|row| row.waits);
        let rung =
            |row: &Backlog| RungShape { retries: row.retries, jobs: row.jobs, next: row.first };
        self.rungs = waiting.map(rung).collect();
        self
    }
}

/// The workers of one provider.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PoolShape {
    /// Which provider.
    provider: String,
    /// Whether no more jobs are taken, by the wish of an operator.
    paused: bool,
    /// Who said last that it is paused, by e-mail address; absent for whoever runs the machine, for an account that is
    /// gone, and while it is not paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_by: Option<String>,
    /// When that was said last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    paused_at: Option<Timestamp>,
    /// Why, if that was said with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pause_reason: Option<String>,
    /// How many answers each worker streams at once, by the wish of an operator; null for what each is
    /// configured for.
    concurrency: Option<u16>,
    /// How many requests each key may make in any minute, by the wish of an operator; null for what is
    /// configured.
    requests_per_minute: Option<u32>,
    /// How many workers there are.
    workers: u64,
    /// How many answers they stream at once, at most.
    slots: u64,
    /// How many jobs they work on.
    busy: u64,
}

impl PoolShape {
    /// The pool of `provider`, of which `wish` is wished, and which was paused like that.
    pub(crate) fn new(
        provider: &ProviderName,
        wish: PoolWish,
        pause: Option<Pause>,
        workers: &[WorkerStatus],
    ) -> Self {
        // Both were read one after the other.
        let (paused_at, (paused_by, pause_reason)) = match pause.filter(|_| wish.paused) {
            Some(Pause { by, at, reason }) => (Some(at), (by.map(|by| by.to_string()), reason)),
            None => (None, (None, None)),
        };
        let own: Vec<_> = workers.iter().filter(|status| status.pool == *provider).collect();
        Self {
            provider: provider.to_string(),
            paused: wish.paused,
            paused_by,
            paused_at,
            pause_reason,
            concurrency: wish.concurrency,
            requests_per_minute: wish.requests_per_minute,
            workers: own.len() as u64,
            slots: own.iter().map(|status| u64::from(status.slots)).sum(),
            busy: own.iter().map(|status| u64::from(status.busy)).sum(),
        }
    }
}

/// A worker in one pool, as it says itself.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkerShape {
    /// Its name: service, host, process and start.
    worker: String,
    /// For which provider.
    provider: String,
    /// How many answers it streams at once, at most.
    slots: u16,
    /// How many jobs it works on.
    busy: u32,
    /// Whether it takes no more jobs.
    paused: bool,
    /// Which version it is.
    version: String,
}

impl From<WorkerStatus> for WorkerShape {
    fn from(status: WorkerStatus) -> Self {
        let WorkerStatus { worker, pool, slots, busy, paused, version, calls: _ } = status;
        Self { worker, provider: pool.to_string(), slots, busy, paused, version }
    }
}

/// A message that could not be done.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeadLetterShape {
    /// The message.
    message_id: Uuid,
    /// What it belongs to, usually the generation.
    correlation_id: Uuid,
    /// Where it had been.
    queue: String,
    /// What kind it is.
    kind: String,
    /// Why it is here.
    why: String,
    /// Since when.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    since: Timestamp,
    /// How long it is.
    bytes: u64,
}

impl From<DeadLetter> for DeadLetterShape {
    fn from(letter: DeadLetter) -> Self {
        let DeadLetter { topic, envelope, why, since } = letter;
        Self {
            message_id: envelope.message_id,
            correlation_id: envelope.correlation_id,
            queue: topic.to_string(),
            kind: envelope.kind,
            why,
            since,
            bytes: envelope.body.len() as u64,
        }
    }
}

/// A message that could not be done, with what it says.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeadLetterDetailShape {
    #[serde(flatten)]
    letter: DeadLetterShape,
    /// Further facts.
    headers: BTreeMap<String, String>,
    /// What it says, prompts left out; absent if it is no JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<serde_json::Map<String, Value>>,
}

/// What of a message holds what people wrote, or what they were answered.
const PRIVATE: [&str; 3] = ["system", "turns", "events"];

impl From<DeadLetter> for DeadLetterDetailShape {
    fn from(letter: DeadLetter) -> Self {
        let content: Option<serde_json::Map<_, _>> =
            serde_json::from_slice(&letter.envelope.body).ok();
        let content = content.map(|mut content| {
            content.retain(|name, _| !PRIVATE.contains(&name.as_str()));
            content
        });
        Self { headers: letter.envelope.headers.clone(), content, letter: letter.into() }
    }
}

/// How many of the dead letters that were looked at.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CountShape {
    /// There are.
    pub(crate) matching: u64,
    /// It was done with.
    pub(crate) done: u64,
    /// Were left alone: what they ask for has ended, so there is nothing left to do.
    pub(crate) ended: u64,
    /// The `cursor` to go on behind those that were looked at; null if there are no more.
    pub(crate) next_cursor: Option<String>,
    /// Those that came later were not looked at; said again with the cursor it goes on with the same ones.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub(crate) until: Timestamp,
}
