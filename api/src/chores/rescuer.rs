//! Puts back what nobody is working on.
//!
//! A rescued job may be a copy of one that is still about: the log lets one writer in, and hands the
//! outcome of a finished one to the other.

use std::{slice, time::Duration};

use domain::{
    attempt::Outcome,
    chat::Message,
    generation::{Generation, State, Status},
    id::GenerationId,
    job::{JOB_VERSION, Job},
    prompt,
    time::Timestamp,
};
use ports::store::{NewOutboxRow, Overdue, StoreError};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::Patience;
use crate::{
    app::App,
    asking::{history_of, job_row},
    ending::{self, EndError},
    error::chain,
    turns,
};

/// How many generations are looked at in one go.
const BATCH: u32 = 100;
/// A queued generation fails only after so many rescues: workers may be away for a day, and nothing
/// accepted is lost for that.
const QUEUED_PATIENCE: u32 = 100;

/// Rescues until `stop`: at first everything, if the queue began empty; then what is overdue.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    if app.config.rescue_everything_at_start {
        rescue_everything(&app, &stop).await;
    }
    stop.run_until_cancelled(give_turns(&app)).await;
    while stop.run_until_cancelled(sleep(app.config.rescue_interval)).await.is_some() {
        stop.run_until_cancelled(rescue_overdue(&app)).await;
    }
}

async fn rescue_everything(app: &App, stop: &CancellationToken) {
    let mut patience = Patience::default();
    let mut after = None;
    let mut count = 0_u64;
    loop {
        match stop.run_until_cancelled(rescue_page(app, after)).await {
            None => return,
            Some(Ok(Some((last, rescued)))) => {
                after = Some(last);
                count += rescued;
                patience = Patience::default();
            }
            Some(Ok(None)) => {
                if count > 0 {
                    tracing::info!(count, "unfinished generations were put back");
                }
                return;
            }
            Some(Err(error)) => {
                tracing::warn!(
                    error = chain(&error),
                    "unfinished generations are not put back yet"
                );
                if !patience.wait(stop).await {
                    return;
                }
            }
        }
    }
}

/// Rescues the unfinished generations behind `after`; the last of them and how many, if any.
async fn rescue_page(
    app: &App,
    after: Option<GenerationId>,
) -> Result<Option<(GenerationId, u64)>, EndError> {
    let page = app.ports.progress.unfinished(after, BATCH).await?;
    for generation in &page {
        // Whoever only waited is not the poorer for our restart.
        let counts = generation.state.status == Status::Streaming;
        rescue(app, generation, counts).await?;
    }
    Ok(page.last().map(|last| (last.id, page.len() as u64)))
}

/// Whoever waits for a turn that a process could not give before it died, however many they are.
async fn give_turns(app: &App) {
    let (max_in_flight, mut after) = (app.config.max_in_flight_per_user, None);
    loop {
        let users = match app.ports.progress.who_waits(after, max_in_flight, BATCH).await {
            Ok(users) => users,
            Err(error) => {
                tracing::warn!(error = chain(&error), "who waits is not known");
                return;
            }
        };
        let Some(last) = users.last() else { return };
        after = Some(*last);
        for user in users {
            turns::give(app, user).await;
        }
    }
}

async fn rescue_overdue(app: &App) {
    give_turns(app).await;
    let at = app.now();
    let than = Overdue {
        queued_before: at - app.config.queued_overdue,
        streaming_before: at - app.config.streaming_overdue,
    };
    let overdue = match app.ports.progress.overdue(than, BATCH).await {
        Ok(overdue) => overdue,
        Err(error) => {
            tracing::warn!(error = chain(&error), "overdue generations are not known");
            return;
        }
    };
    for generation in &overdue {
        if let Err(error) = rescue(app, generation, true).await {
            let id = generation.id;
            tracing::warn!(generation_id = %id, error = chain(&error), "a generation is not put back yet");
        }
    }
}

/// What is to be done with a generation nobody works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rescue {
    /// Its user wanted it to stop.
    Cancel,
    /// It was put back often enough.
    GiveUp,
    /// Another job, after this long.
    PutBack(Option<Duration>),
}

fn decide(state: &State, rescues: u32, max_rescues: u32, at: Timestamp) -> Rescue {
    let patience = match state.status {
        Status::Streaming => max_rescues,
        _ => QUEUED_PATIENCE.max(max_rescues),
    };
    if state.cancel_requested {
        return Rescue::Cancel;
    }
    if rescues >= patience {
        return Rescue::GiveUp;
    }
    let wait = state.retry_at.and_then(|due| (due - at).to_std().ok());
    Rescue::PutBack(wait.filter(|wait| !wait.is_zero()))
}

async fn rescue(app: &App, generation: &Generation, counts: bool) -> Result<(), EndError> {
    let at = app.now();
    match decide(&generation.state, generation.rescues, app.config.max_rescues, at) {
        Rescue::Cancel => ending::end_without_worker(app, generation, Outcome::Canceled).await,
        Rescue::GiveUp => {
            tracing::error!(generation_id = %generation.id, "given up: its workers were lost");
            ending::end_without_worker(app, generation, ending::worker_lost()).await
        }
        // What counts is due: it was being worked on, or its time has come.
        Rescue::PutBack(_) if counts => put_back_once(app, generation, at).await,
        Rescue::PutBack(wait) => put_back(app, generation, wait, at).await,
    }
}

/// Counts the rescue, and commits a job with it. Of several processes that see the same generation, one does;
/// while its job cannot be published, or the live side does not answer, nobody counts another: without it no
/// worker gets on, and none is lost.
async fn put_back_once(app: &App, generation: &Generation, at: Timestamp) -> Result<(), EndError> {
    app.ports.event_log.read(generation.id, generation.last_seq, 1).await?;
    let row = next_row(app, generation, &said(app, generation).await?, at);
    let (id, before) = (generation.id, generation.rescues);
    if app.ports.progress.rescued(id, before, slice::from_ref(&row), at).await? {
        tracing::debug!(generation_id = %id, attempt = generation.state.attempt + 1, "put back");
        app.hand_over(vec![row]);
    }
    Ok(())
}

/// Publishes a job for `generation`, to be worked on after `wait`. One that is out already ends in
/// nothing: the log has one writer at a time, and ends once.
pub(crate) async fn put_back(
    app: &App,
    generation: &Generation,
    wait: Option<Duration>,
    at: Timestamp,
) -> Result<(), EndError> {
    let row = next_row(app, generation, &said(app, generation).await?, at);
    tracing::debug!(generation_id = %generation.id, attempt = generation.state.attempt + 1, "put back");
    Ok(app.ports.queue.publish(&row.topic, row.envelope, wait).await?)
}

/// What was said up to the question of `generation`.
async fn said(app: &App, generation: &Generation) -> Result<Vec<Message>, StoreError> {
    let (chat, question) = (generation.chat_id, generation.user_message_id);
    let history = history_of(app.config.prompt_tokens);
    app.ports.chats.history(chat, Some(question), history).await
}

/// The row that publishes the next job of `generation`, made from what was said up to its question.
pub(crate) fn next_row(
    app: &App,
    generation: &Generation,
    said: &[Message],
    at: Timestamp,
) -> NewOutboxRow {
    let turns =
        prompt::assemble(generation.system_prompt.as_deref(), said, app.config.prompt_tokens);
    job_row(&next_job(generation, turns), at, app.config.claim)
}

fn next_job(generation: &Generation, turns: Vec<domain::job::Turn>) -> Job {
    // An attempt that started has written at least one event, even if it was never reported: a log
    // without it was lost.
    let has_started = generation.state.attempt > 0;
    Job {
        v: JOB_VERSION,
        generation_id: generation.id,
        user_id: generation.user_id,
        chat_id: generation.chat_id,
        attempt: generation.state.attempt + 1,
        retries: generation.state.retries,
        last_seq: generation.last_seq.max(u64::from(has_started)),
        provider: generation.provider.clone(),
        model: generation.model.clone(),
        fallbacks: generation.fallbacks.clone(),
        system: generation.system_prompt.clone(),
        turns,
        sampling: generation.sampling,
        created_at: generation.created_at,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use testkit::clock::epoch;

    use super::*;

    fn state(status: Status) -> State {
        State { status, ..State::NEW }
    }

    #[test]
    fn what_was_to_stop_stops_and_what_was_lost_too_often_fails() {
        let streaming = state(Status::Streaming);
        let queued = state(Status::Queued);
        let canceled = State { cancel_requested: true, ..streaming };
        let parked =
            |seconds| State { retry_at: Some(epoch() + TimeDelta::seconds(seconds)), ..queued };
        let minute = Duration::from_mins(1);
        for (state, rescues, expected) in [
            (queued, 0, Rescue::PutBack(None)),
            (queued, 99, Rescue::PutBack(None)),
            (queued, 100, Rescue::GiveUp),
            (streaming, 2, Rescue::PutBack(None)),
            (streaming, 3, Rescue::GiveUp),
            (canceled, 0, Rescue::Cancel),
            (canceled, 9, Rescue::Cancel),
            (parked(60), 0, Rescue::PutBack(Some(minute))),
            (parked(0), 0, Rescue::PutBack(None)),
            (parked(-60), 0, Rescue::PutBack(None)),
        ] {
            assert_eq!(decide(&state, rescues, 3, epoch()), expected, "{state:?} {rescues}");
        }
    }
}
