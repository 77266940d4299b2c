//! The last words on a generation: to its log, to its viewers, to the books.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use domain::{
    attempt::Outcome,
    event::{Event, SeqEvent, beyond_all, terminal_events},
    failure::Failure,
    generation::{Generation, Status},
    id::{EventId, GenerationId, MessageId, OutboxId, UserId},
    ledger::{AuditEvent, UsageEvent},
    report::{Ended, REPORT_VERSION},
    time::Timestamp,
};
use ports::{
    live::{LiveError, LogEntry, LogPhase},
    queue::{Envelope, QueueError, Topic},
    store::{NewOutboxRow, Rest, Segment, Settle, Settlement, StoreError},
};
use serde::Serialize;

use crate::{
    app::App,
    error::{ApiError, chain},
    turns,
};

/// An attempt has one ending in the audit book, whatever is said of it.
const ENDING: &str = "audit";

/// How many entries of a log are read at once.
const PAGE: u32 = 500;

/// Writes the terminal events of `generation` into its log, gives its user's place back and lets the
/// log expire. Can be said again. A generation that is not over stays as it is.
pub(crate) async fn try_conclude(app: &App, generation: &Generation) -> Result<(), LiveError> {
    let events = terminal_events(generation);
    let Some(first) = events.first() else { return Ok(()) };
    let json = events.iter().map(|entry| Bytes::from(entry.event.to_json())).collect();
    end_log(app, generation.id, generation.user_id, first.seq, json).await?;
    app.announce(generation);
    turns::give(app, generation.user_id).await;
    Ok(())
}

/// The same, when whoever looks at the row later can do without it.
pub(crate) async fn conclude(app: &App, generation: &Generation) {
    if let Err(error) = try_conclude(app, generation).await {
        tracing::warn!(generation_id = %generation.id, error = chain(&error), "the log was not ended");
    }
}

/// Ends the log of a generation whose chat was deleted, so that its viewers stop waiting.
pub(crate) async fn conclude_unknown(
    app: &App,
    id: GenerationId,
    user: UserId,
    last_seq: u64,
) -> Result<(), LiveError> {
    let done = Event::Done { status: Status::Canceled, message_id: None };
    end_log(app, id, user, last_seq + 1, vec![done.to_json().into()]).await
}

async fn end_log(
    app: &App,
    id: GenerationId,
    user: UserId,
    first_seq: u64,
    events: Vec<Bytes>,
) -> Result<(), LiveError> {
    let log = &app.ports.event_log;
    // Together: whoever sees the end may ask the next question.
    let (released, concluded) = tokio::join!(
        app.ports.limits.release_inflight(user, id),
        log.conclude(id, first_seq, events),
    );
    concluded?;
    released?;
    log.expire(id, app.config.log_kept, app.config.tombstone_kept).await
}

/// The chat of a generation was deleted: its worker, if there is one, stops, and its place is free.
pub(crate) async fn abandon(app: &App, user: UserId, id: GenerationId) {
    let (canceled, released) =
        tokio::join!(app.ports.cancels.request(id), app.ports.limits.release_inflight(user, id),);
    if let Err(error) = canceled.and(released) {
        tracing::warn!(generation_id = %id, error = chain(&error), "a deleted generation goes on");
    }
}

/// What the log of a generation on which no worker is holds behind `after`.
pub(crate) async fn rest_of_log(
    app: &App,
    id: GenerationId,
    after: u64,
) -> Result<Rest, LiveError> {
    let mut rest = Rest { events: Segment::new(), last_seq: after };
    loop {
        let log = app.ports.event_log.read(id, rest.last_seq, PAGE).await?;
        let Some(last) = log.entries.last() else {
            rest.last_seq = rest.last_seq.max(match log.phase {
                // It may have been lost, and viewers have seen what nobody else knows of any more.
                LogPhase::Missing => beyond_all(app.now()),
                _ => log.last_seq,
            });
            return Ok(rest);
        };
        rest.last_seq = last.seq;
        rest.events.extend(log.entries.iter().filter_map(|entry| event(id, entry)));
    }
}

fn event(id: GenerationId, entry: &LogEntry) -> Option<SeqEvent> {
    match Event::from_json(&entry.json) {
        Ok(event) => Some(SeqEvent { seq: entry.seq, event }),
        Err(error) => {
            tracing::error!(generation_id = %id, seq = entry.seq, %error, "a log holds what is no event");
            None
        }
    }
}

/// Ends a generation on which no worker is: one that was to be stopped, or whose workers vanished.
pub(crate) async fn end_without_worker(
    app: &App,
    generation: &Generation,
    outcome: Outcome,
) -> Result<(), EndError> {
    let at = app.now();
    let Rest { events, last_seq } = rest_of_log(app, generation.id, generation.last_seq).await?;
    let ended = Ended {
        v: REPORT_VERSION,
        generation_id: generation.id,
        user_id: generation.user_id,
        attempt: generation.state.attempt,
        outcome,
        provider: generation.provider.clone(),
        model: generation.model.clone(),
        key: None,
        usage: None,
        started_at: generation.started_at.unwrap_or(generation.created_at),
        ended_at: at,
        last_seq,
        events,
    };
    let outbox = booking_rows(&ended, at, app.config.claim);
    let message_id = MessageId::generate(at);
    let settle = Settle { ended: &ended, message_id, outbox };
    let settlement = app.ports.progress.settle(&settle, at).await?;
    if matches!(settlement, Settlement::Changed(_)) {
        app.hand_over(settle.outbox);
    }
    if let Some(generation) = settlement.into_generation() {
        try_conclude(app, &generation).await?;
    }
    Ok(())
}

/// Why a generation could not be ended. It is tried again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EndError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Live(#[from] LiveError),
    #[error(transparent)]
    Queue(#[from] QueueError),
}

impl From<EndError> for ApiError {
    fn from(error: EndError) -> Self {
        match error {
            EndError::Store(error) => error.into(),
            EndError::Live(error) => error.into(),
            EndError::Queue(error) => error.into(),
        }
    }
}

/// The failure of a generation whose workers died on it again and again.
pub(crate) fn worker_lost() -> Outcome {
    Outcome::Failed(Failure {
        code: Failure::WORKER_LOST.to_owned(),
        message: "the workers that tried this answer were lost; ask again".to_owned(),
    })
}

/// What an ended attempt puts into the books.
pub(crate) fn booking_rows(ended: &Ended, at: Timestamp, claim: Duration) -> Vec<NewOutboxRow> {
    let id = ended.generation_id;
    let usage = UsageEvent::of(ended);
    let usage =
        usage.map(|event| row(Topic::UsageEvents, "usage_event", event.event_id, id, &event, at));
    let audit = ended.outcome.is_terminal().then(|| {
        let by_user = matches!(ended.outcome, Outcome::Canceled).then_some(ended.user_id);
        audit_row(id, (ended.attempt, ENDING), by_user, ended.outcome.name(), at)
    });
    let rows = usage.into_iter().chain(audit);
    rows.map(|row| NewOutboxRow { claimed_until: Some(at + claim), ..row }).collect()
}

/// The row that books a generation canceled before a worker took it.
pub(crate) fn canceled_row(
    generation: &Generation,
    at: Timestamp,
    claim: Duration,
) -> NewOutboxRow {
    let (attempt, user) = (generation.state.attempt, generation.user_id);
    let row = audit_row(generation.id, (attempt, ENDING), Some(user), "canceled", at);
    NewOutboxRow { claimed_until: Some(at + claim), ..row }
}

/// The row that books that a generation was asked for.
pub(crate) fn created_row(generation: &Generation, at: Timestamp, claim: Duration) -> NewOutboxRow {
    let user = Some(generation.user_id);
    let row = audit_row(generation.id, (0, "created"), user, "created", at);
    NewOutboxRow { claimed_until: Some(at + claim), ..row }
}

fn audit_row(
    id: GenerationId,
    (attempt, kind): (u32, &str),
    actor: Option<UserId>,
    what: &str,
    at: Timestamp,
) -> NewOutboxRow {
    let event = AuditEvent {
        event_id: EventId::of_attempt(id, attempt, kind),
        actor,
        action: format!("generation.{what}"),
        subject: id.to_string(),
        at,
    };
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
