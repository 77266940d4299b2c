//! Puts back what nobody is working on.
//!
//! A rescued job may be a copy of one that is still about: the log lets one writer in, and hands the
//! outcome of a finished one to the other.

use std::{slice, time::Duration};

use domain::{
    attempt::Outcome,
    chat::Message,
    generation::{Generation, Status},
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
/// A queued generation fails only after so many rescues, which are months: workers may be away, and nothing accepted
/// is lost for that.
const QUEUED_PATIENCE: u32 = 100;
/// The longest time by which the next rescue of a queued generation is put off.
const LONGEST_REST: Duration = Duration::from_hours(24);

/// Rescues until `stop`: at first everything, if the queue began empty; then what is overdue.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    if app.config.rescue_everything_at_start {
        rescue_everything(&app, &stop, app.now()).await;
    }
    stop.run_until_cancelled(give_turns(&app)).await;
    while stop.run_until_cancelled(sleep(app.config.rescue_interval)).await.is_some() {
        stop.run_until_cancelled(rescue_overdue(&app)).await;
    }
}

/// What was accepted after `began` has its job in the queue, which a copy would only follow.
async fn rescue_everything(app: &App, stop: &CancellationToken, began: Timestamp) {
    let mut patience = Patience::default();
    let mut after = None;
    let mut count = 0_u64;
    loop {
        match stop.run_until_cancelled(rescue_page(app, after, began)).await {
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

/// Rescues the unfinished generations behind `after` that were accepted before `began`; the last of them and how many, if
/// any.
async fn rescue_page(
    app: &App,
    after: Option<GenerationId>,
    began: Timestamp,
) -> Result<Option<(GenerationId, u64)>, EndError> {
    let mut page = app.ports.progress.unfinished(after, BATCH).await?;
    page.retain(|generation| generation.created_at < began);
    let mut rescued = 0;
    for generation in &page {
        // Whoever only waited is not the poorer for our restart.
        let counts = generation.state.status == Status::Streaming;
        match rescue(app, generation, counts).await {
            Ok(()) => rescued += 1,
            // No patience helps it, and others wait behind it. When it is overdue it is looked at again.
            Err(EndError::Store(error @ StoreError::Inconsistent(_))) => {
                let id = generation.id;
                tracing::error!(generation_id = %id, error = chain(&error), "a generation cannot be put back");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(page.last().map(|last| (last.id, rescued)))
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
    // What was rescued is overdue no more; what could not be stays where it is.
    while let Some((BATCH, 0)) = rescue_some(app, than).await {}
}

/// How many generations were overdue, of the first ones, and how many of them could not be rescued; none if nobody
/// knows.
async fn rescue_some(app: &App, than: Overdue) -> Option<(u32, usize)> {
    let overdue = match app.ports.progress.overdue(than, BATCH).await {
        Ok(overdue) => overdue,
        Err(error) => {
            tracing::warn!(error = chain(&error), "overdue generations are not known");
            return None;
        }
    };
    let mut failed = 0;
    for generation in &overdue {
        if let Err(error) = rescue(app, generation, true).await {
            let id = generation.id;
            tracing::warn!(generation_id = %id, error = chain(&error), "a generation is not put back yet");
            failed += 1;
        }
    }
    Some((u32::try_from(overdue.len()).unwrap_or(u32::MAX), failed))
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

fn decide(generation: &Generation, max_rescues: u32, at: Timestamp) -> Rescue {
    let state = &generation.state;
    if state.cancel_requested {
        return Rescue::Cancel;
    }
    let is_enough = match state.status {
        Status::Streaming => generation.lost >= max_rescues,
        _ => waits(generation) >= QUEUED_PATIENCE.max(max_rescues),
    };
    if is_enough {
        return Rescue::GiveUp;
    }
    let wait = state.retry_at.and_then(|due| (due - at).to_std().ok());
    Rescue::PutBack(wait.filter(|wait| !wait.is_zero()))
}

/// How often `generation` was rescued while it waited.
fn waits(generation: &Generation) -> u32 {
    generation.rescues.saturating_sub(generation.lost)
}

async fn rescue(app: &App, generation: &Generation, counts: bool) -> Result<(), EndError> {
    let at = app.now();
    match decide(generation, app.config.max_rescues, at) {
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

/// By how much the next rescue of `generation` is put off. One that waits has a job in all likelihood, which nobody takes
/// as long as its pool is paused, or its workers are away: each rescue adds a copy, so they come ever more seldom.
fn rest(generation: &Generation, usually: Duration) -> Duration {
    match generation.state.status {
        Status::Queued => {
            let doubled = 2_u32.saturating_pow(waits(generation)).saturating_sub(1);
            usually.saturating_mul(doubled).min(LONGEST_REST)
        }
        _ => Duration::ZERO,
    }
}

/// Counts the rescue, and commits a job with it. Of several processes that see the same generation, one does;
/// while its job cannot be published, or the live side does not answer, nobody counts another: without it no
/// worker gets on, and none is lost.
async fn put_back_once(app: &App, generation: &Generation, at: Timestamp) -> Result<(), EndError> {
    app.ports.event_log.read(generation.id, generation.last_seq, 1).await?;
    let row = next_row(app, generation, &said(app, generation).await?, at);
    let (id, before) = (generation.id, generation.rescues);
    let longer = rest(generation, app.config.queued_overdue);
    if app.ports.progress.rescued(id, before, longer, slice::from_ref(&row), at).await? {
        tracing::debug!(generation_id = %id, attempt = generation.state.attempt + 1, "put back");
        app.handover.fresh(vec![row]);
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
    use domain::generation::State;
    use testkit::{clock::epoch, sample};

    use super::*;

    fn state(status: Status) -> State {
        State { status, ..State::NEW }
    }

    fn generation(state: State, rescues: u32, lost: u32) -> Generation {
        let (at, user) = (epoch(), sample::user(epoch()));
        let message = sample::message(sample::chat(user.id, at).id, "Hi?", at);
        Generation { state, rescues, lost, ..sample::generation(user.id, &message, at) }
    }

    #[test]
    fn who_waits_long_is_put_back_ever_more_seldom() {
        let quarter = Duration::from_mins(15);
        for (status, rescues, lost, expected) in [
            (Status::Queued, 0, 0, Duration::ZERO),
            (Status::Queued, 1, 0, quarter),
            (Status::Queued, 2, 0, 3 * quarter),
            (Status::Queued, 6, 0, 63 * quarter),
            (Status::Queued, 7, 0, LONGEST_REST),
            (Status::Queued, 99, 0, LONGEST_REST),
            (Status::Queued, 3, 2, quarter),
            (Status::Streaming, 2, 2, Duration::ZERO),
        ] {
            let generation = generation(state(status), rescues, lost);
            assert_eq!(rest(&generation, quarter), expected, "{status:?} {rescues} {lost}");
        }
    }

    #[test]
    fn what_was_to_stop_stops_and_what_was_lost_too_often_fails() {
        let streaming = state(Status::Streaming);
        let queued = state(Status::Queued);
        let canceled = State { cancel_requested: true, ..streaming };
        let parked =
            |seconds| State { retry_at: Some(epoch() + TimeDelta::seconds(seconds)), ..queued };
        let minute = Duration::from_mins(1);
        for (state, rescues, lost, expected) in [
            (queued, 0, 0, Rescue::PutBack(None)),
            (queued, 99, 0, Rescue::PutBack(None)),
            (queued, 100, 0, Rescue::GiveUp),
            (queued, 102, 3, Rescue::PutBack(None)),
            (queued, 103, 3, Rescue::GiveUp),
            (streaming, 2, 2, Rescue::PutBack(None)),
            (streaming, 99, 2, Rescue::PutBack(None)),
            (streaming, 3, 3, Rescue::GiveUp),
            (canceled, 0, 0, Rescue::Cancel),
            (canceled, 9, 9, Rescue::Cancel),
            (parked(60), 0, 0, Rescue::PutBack(Some(minute))),
            (parked(0), 0, 0, Rescue::PutBack(None)),
            (parked(-60), 0, 0, Rescue::PutBack(None)),
        ] {
            let generation = generation(state, rescues, lost);
            assert_eq!(decide(&generation, 3, epoch()), expected, "{state:?} {rescues} {lost}");
        }
    }
}
