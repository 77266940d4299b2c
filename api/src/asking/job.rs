//! Jobs on their way to the outbox.

use std::{collections::BTreeMap, time::Duration};

use domain::{chat::Reach, id::OutboxId, job::Job, time::Timestamp, usage::most_bytes};
use instruments::trace;
use ports::{
    queue::{ATTEMPT_HEADER, Envelope, Topic},
    store::NewOutboxRow,
};

/// How much of a chat is looked at, in messages, before the budget of tokens is applied.
const HISTORY_MESSAGES: u32 = 200;

/// How far back a prompt of so many tokens can reach.
pub(crate) const fn history_of(prompt_tokens: u64) -> Reach {
    Reach { messages: HISTORY_MESSAGES, bytes: most_bytes(prompt_tokens) }
}

/// The row that publishes `job`; for `claim` only the process that wrote it does so.
pub(crate) fn job_row(job: &Job, at: Timestamp, claim: Duration) -> NewOutboxRow {
    let id = OutboxId::generate(at);
    let body = serde_json::to_vec(job).expect("a job of texts and numbers has a JSON form");
    let attempt = (ATTEMPT_HEADER.to_owned(), job.attempt.to_string());
    let place = (trace::HEADER.to_owned(), crate::trace::here().to_string());
    NewOutboxRow {
        id,
        topic: Topic::Requests(job.provider.clone()),
        envelope: Envelope {
            message_id: id.as_uuid(),
            correlation_id: job.generation_id.as_uuid(),
            kind: "job".to_owned(),
            at,
            headers: BTreeMap::from([attempt, place]),
            body: body.into(),
        },
        generation_id: Some(job.generation_id),
        claimed_until: Some(at + claim),
    }
}
