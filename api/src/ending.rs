//! The last words on a generation: to its log, to its viewers, to the books.

mod books;
mod rest;

use std::time::Duration;

use bytes::Bytes;
use domain::{
    attempt::Outcome,
    event::{Event, terminal_events},
    failure::Failure,
    generation::{Generation, Status},
    id::{GenerationId, MessageId, UserId},
    model::ProviderName,
    report::{Ended, REPORT_VERSION},
};
use ports::{
    live::LiveError,
    queue::QueueError,
    store::{Rest, Settle, Settlement, StoreError},
};

use crate::{
    app::App,
    error::{ApiError, chain},
    turns,
};

pub(crate) use books::{booking_rows, canceled_row, created_entry, spent_row};
pub(crate) use rest::{rest_at_hand, rest_of_log};

/// Writes the terminal events of `generation` into its log, gives its user's place back and lets the
/// log expire. Can be said again. A generation that is not over stays as it is.
pub(crate) async fn try_conclude(app: &App, generation: &Generation) -> Result<(), LiveError> {
    conclude_for(app, generation, app.config.tombstone_kept).await
}

/// The same of one that ended without a worker.
async fn try_conclude_unworked(app: &App, generation: &Generation) -> Result<(), LiveError> {
    conclude_for(app, generation, app.config.unworked_tombstone_kept).await
}

/// The same, remembered for so long.
async fn conclude_for(
    app: &App,
    generation: &Generation,
    tombstone: Duration,
) -> Result<(), LiveError> {
    let events = terminal_events(generation);
    let Some(first) = events.first() else { return Ok(()) };
    let json = events.iter().map(|entry| Bytes::from(entry.event.to_json())).collect();
    let (id, user) = (generation.id, generation.user_id);
    end_log(app, (id, user), first.seq, json, tombstone).await?;
    app.announce(generation);
    turns::give(app, generation.user_id).await;
    Ok(())
}

/// The same of one that was stopped before a worker was on it; whoever looks at the row later can do without it.
pub(crate) async fn conclude_unworked(app: &App, generation: &Generation) {
    if let Err(error) = try_conclude_unworked(app, generation).await {
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
    let json = vec![done.to_json().into()];
    end_log(app, (id, user), last_seq + 1, json, app.config.tombstone_kept).await
}

async fn end_log(
    app: &App,
    (id, user): (GenerationId, UserId),
    first_seq: u64,
    events: Vec<Bytes>,
    tombstone: Duration,
) -> Result<(), LiveError> {
    let log = &app.ports.event_log;
    // Together: whoever sees the end may ask the next question.
    let (released, concluded) = tokio::join!(
        app.ports.limits.release_inflight(user, id),
        log.conclude(id, first_seq, events),
    );
    concluded?;
    released?;
    log.expire(id, app.config.log_kept, tombstone).await
}

/// The chat of a generation was deleted: its worker, if there is one, stops, and its place is free.
pub(crate) async fn abandon(app: &App, user: UserId, id: GenerationId) {
    let (canceled, released) =
        tokio::join!(app.ports.cancels.request(id), app.ports.limits.release_inflight(user, id),);
    if let Err(error) = canceled.and(released) {
        tracing::warn!(generation_id = %id, error = chain(&error), "a deleted generation goes on");
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
        usage_before: None,
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
        app.handover.fresh(settle.outbox);
        count(&ended.provider, &ended.outcome);
    }
    if let Some(generation) = settlement.into_generation() {
        try_conclude_unworked(app, &generation).await?;
    }
    Ok(())
}

/// Counts the end of a generation, once it is committed.
pub(crate) fn count(provider: &ProviderName, outcome: &Outcome) {
    let reason = match outcome {
        Outcome::RetryIn { .. } => return,
        Outcome::Failed(failure) => &failure.code,
        Outcome::Succeeded { .. } | Outcome::Canceled => "",
    };
    instruments::job_completed(provider.as_str(), outcome.name(), reason);
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
