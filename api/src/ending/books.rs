//! What the books are told of generations.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    attempt::Outcome,
    generation::Generation,
    id::{EventId, GenerationId, OutboxId, UserId},
    ledger::{AuditEvent, UsageEvent},
    report::{Ended, Spent},
    time::Timestamp,
};
use ports::{
    queue::{Envelope, Topic},
    store::NewOutboxRow,
};
use serde::Serialize;

/// An attempt has one ending in the audit book, whatever is said of it.
const ENDING: &str = "audit";

/// What an ended attempt puts into the books.
pub(crate) fn booking_rows(ended: &Ended, at: Timestamp, claim: Duration) -> Vec<NewOutboxRow> {
    let id = ended.generation_id;
    let usage = UsageEvent::of(ended).map(|event| usage_row(&event, at));
    let audit = ended.outcome.is_terminal().then(|| {
        let by_user = matches!(ended.outcome, Outcome::Canceled).then_some(ended.user_id);
        ending_row(id, ended.attempt, by_user, ended.outcome.name(), at)
    });
    let rows = usage.into_iter().chain(audit);
    rows.map(|row| NewOutboxRow { claimed_until: Some(at + claim), ..row }).collect()
}

/// What was spent in an attempt whose end was not reported, as the books are told.
pub(crate) fn spent_row(spent: &Spent, at: Timestamp, claim: Duration) -> NewOutboxRow {
    let row = usage_row(&UsageEvent::of_spent(spent), at);
    NewOutboxRow { claimed_until: Some(at + claim), ..row }
}

/// The row that books a generation canceled before a worker took it.
pub(crate) fn canceled_row(
    generation: &Generation,
    at: Timestamp,
    claim: Duration,
) -> NewOutboxRow {
    let (attempt, user) = (generation.state.attempt, generation.user_id);
    let row = ending_row(generation.id, attempt, Some(user), "canceled", at);
    NewOutboxRow { claimed_until: Some(at + claim), ..row }
}

/// The entry that a generation was asked for, to be written with it: a message for it would be in the way of the
/// job.
pub(crate) fn created_entry(generation: &Generation, at: Timestamp) -> AuditEvent {
    audit_event(generation.id, (0, "created"), Some(generation.user_id), "created", at)
}

/// The time is the worker's, and decides the day: by whatever clock, nothing was spent after it was heard of.
fn usage_row(event: &UsageEvent, at: Timestamp) -> NewOutboxRow {
    let event = UsageEvent { at: event.at.min(at), ..event.clone() };
    row(Topic::UsageEvents, "usage_event", event.event_id, event.generation_id, &event, at)
}

fn audit_event(
    id: GenerationId,
    (attempt, kind): (u32, &str),
    actor: Option<UserId>,
    what: &str,
    at: Timestamp,
) -> AuditEvent {
    AuditEvent {
        event_id: EventId::of_attempt(id, attempt, kind),
        actor,
        action: format!("generation.{what}"),
        subject: id.to_string(),
        detail: None,
        at,
    }
}

fn ending_row(
    id: GenerationId,
    attempt: u32,
    actor: Option<UserId>,
    what: &str,
    at: Timestamp,
) -> NewOutboxRow {
    let event = audit_event(id, (attempt, ENDING), actor, what, at);
    row(Topic::AuditEvents, "audit_event", event.event_id, id, &event, at)
}

fn row(
    topic: Topic,
    kind: &str,
    event: EventId,
    generation: GenerationId,
    body: &impl Serialize,
    at: Timestamp,
) -> NewOutboxRow {
    let body = serde_json::to_vec(body).expect("ids, texts and numbers have a JSON form").into();
    NewOutboxRow {
        id: OutboxId::generate(at),
        topic,
        envelope: Envelope {
            message_id: event.as_uuid(),
            correlation_id: generation.as_uuid(),
            kind: kind.to_owned(),
            at,
            headers: BTreeMap::new(),
            body,
        },
        generation_id: None,
        claimed_until: None,
    }
}

#[cfg(test)]
mod tests;
