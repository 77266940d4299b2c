//! The way of one request for an answer: limits, prompt, one transaction, hand-over.

use domain::{
    chat::{Message, title_from},
    generation::{Generation, State},
    id::{ChatId, GenerationId, UserId},
    job::{JOB_VERSION, Job, Turn},
    prompt,
    time::Timestamp,
};
use ports::store::{Admission, NewGeneration};
use tokio::task::yield_now;

use super::{
    Ask, Follows, OnBusy, Question,
    fingerprint::fingerprint,
    interrupt::interrupt,
    job_row,
    limits::check_quota,
    line::line_to,
    longest::check_longest,
    model::{Answerers, who_answers},
    place::{look_for_place, release_place},
};
use crate::{app::App, ending::created_entry, error::ApiError, feeds::Announcement, turns};

/// How many questions that interrupt may wait beside those that may wait anyway.
const INTERRUPTING: u32 = 10;

/// How often a line is read again whose chat has gone on meanwhile.
const LOOKED_AGAIN: u32 = 5;

/// Whose request it is, for what, and what its generation is called.
#[derive(Clone)]
struct Request {
    user: UserId,
    chat: ChatId,
    id: GenerationId,
    asked: Answerers,
    /// It waits for its turn.
    is_held: bool,
    /// How many of the user's may wait.
    max_held: u32,
    at: Timestamp,
}

/// Accepts `ask` of `user` in `chat`, or answers with the generation of the same request before.
pub(crate) async fn ask(
    app: &App,
    user: UserId,
    chat: ChatId,
    ask: Ask,
) -> Result<Generation, ApiError> {
    // First, so that who asks too often costs the store nothing.
    let refusal = check_quota(app, user, ask.request_id.is_some(), app.now()).await?;
    if let Some(refusal) = refusal {
        let (request, ask) = request(app, user, chat, ask, false).await?;
        return accepted_before(app, request, ask, refusal).await;
    }
    let on_busy = ask.on_busy;
    match try_ask(app, user, chat, ask.clone(), false).await {
        Err(refusal @ (ApiError::InFlight(_) | ApiError::Behind(_)))
            if on_busy != OnBusy::Reject =>
        {
            let held = try_ask(app, user, chat, ask, true).await?;
            // It stands in line before anything is stopped: whoever sees the end gives whoever comes first the turn.
            if let Some(busy) = interrupted(on_busy, &refusal) {
                interrupt(app, user, busy).await;
            }
            // What it was to wait for may have ended just now.
            turns::give(app, user).await;
            Ok(held)
        }
        asked => asked,
    }
}

/// What a question that was refused first is to stop: what was under way then. Whoever waited is not stopped, though it
/// may be under way by now.
fn interrupted(on_busy: OnBusy, refusal: &ApiError) -> Option<GenerationId> {
    match (on_busy, refusal) {
        (OnBusy::Interrupt, ApiError::InFlight(busy)) => Some(*busy),
        _ => None,
    }
}

async fn try_ask(
    app: &App,
    user: UserId,
    chat: ChatId,
    ask: Ask,
    is_held: bool,
) -> Result<Generation, ApiError> {
    let wished = ask.sampling.max_tokens;
    let (request, ask) = request(app, user, chat, ask, is_held).await?;
    let (id, at) = (request.id, request.at);
    if let Err(refusal) = check_longest(&app.config.maxima, &request.asked.first, wished) {
        return accepted_before(app, request, ask, refusal).await;
    }
    // Most places are free, so the chat is read in the meantime.
    let place = async {
        if is_held {
            Ok(false)
        } else {
            look_for_place(app, user, id, ask.request_id.is_some()).await
        }
    };
    let line = line_to(app, user, chat, &ask.question, at);
    let (has_place, line) = tokio::join!(place, line);
    let (has_place, admitted) = match (has_place, line) {
        (Ok(has_place), Ok(line)) => (has_place, admit_behind(app, request, ask, line).await),
        (has_place, Err(error)) => (has_place.unwrap_or_default(), Err(error)),
        (Err(error), Ok(_)) => {
            // What cannot be accepted at all is told that, and stops nothing.
            app.ports.chats.find(user, chat).await?.ok_or(ApiError::NotFound)?;
            return Err(error);
        }
    };
    let is_new = admitted.as_ref().is_ok_and(|generation| generation.id == id);
    if has_place && !is_new {
        release_place(app, user, id).await;
    }
    admitted
}

/// Names a request, and fills in what its user did not wish for.
async fn request(
    app: &App,
    user: UserId,
    chat: ChatId,
    ask: Ask,
    is_held: bool,
) -> Result<(Request, Ask), ApiError> {
    let at = app.now();
    let asked = who_answers(app, user, &ask).await?;
    let ask = Ask { sampling: ask.sampling.or(ask.usual), ..ask };
    let (id, max_held) = (GenerationId::generate(at), max_held(app, ask.on_busy));
    Ok((Request { user, chat, id, asked, is_held, max_held, at }, ask))
}

/// How many of a user may wait, whoever is to wait now among them. One that interrupts waits until another has ended,
/// however many may wait otherwise.
fn max_held(app: &App, on_busy: OnBusy) -> u32 {
    let interrupting = match on_busy {
        OnBusy::Interrupt => INTERRUPTING,
        OnBusy::Queue | OnBusy::Reject => 0,
    };
    app.config.max_queued_per_user.saturating_add(interrupting)
}

/// The generation of the same request before, from when more was allowed; without one the `refusal`.
async fn accepted_before(
    app: &App,
    request: Request,
    ask: Ask,
    refusal: ApiError,
) -> Result<Generation, ApiError> {
    if ask.request_id.is_none() {
        return Err(refusal);
    }
    let line = line_to(app, request.user, request.chat, &ask.question, request.at).await?;
    // Where none may wait nothing is accepted, and only what was before is found.
    let request = Request { is_held: true, max_held: 0, ..request };
    match admit(app, request, ask, line).await {
        Err(ApiError::QueueFull) => Err(refusal),
        before => before,
    }
}

/// Accepts the question behind `line`, or behind what is said by then: the line was read before, and its chat may go on
/// in between.
async fn admit_behind(
    app: &App,
    request: Request,
    ask: Ask,
    mut line: Vec<Message>,
) -> Result<Generation, ApiError> {
    for _ in 0..LOOKED_AGAIN {
        match try_admit(app, request.clone(), ask.clone(), line, true).await? {
            Some(generation) => return Ok(generation),
            None => {
                line = line_to(app, request.user, request.chat, &ask.question, request.at).await?;
            }
        }
    }
    admit(app, request, ask, line).await
}

async fn admit(
    app: &App,
    request: Request,
    ask: Ask,
    line: Vec<Message>,
) -> Result<Generation, ApiError> {
    let admitted = try_admit(app, request, ask, line, false).await?;
    admitted.ok_or_else(|| ApiError::Internal(Overtaken.into()))
}

/// Nobody asked whether the chat has gone on.
#[derive(Debug, thiserror::Error)]
#[error("a question was overtaken that may follow anything")]
struct Overtaken;

/// Accepts the question behind `line`; none if `is_checked` and that is not all that was said by then.
async fn try_admit(
    app: &App,
    request: Request,
    ask: Ask,
    line: Vec<Message>,
    is_checked: bool,
) -> Result<Option<Generation>, ApiError> {
    let at = request.at;
    let fingerprint = fingerprint(&ask, request.chat);
    let (max_held, waits) = (request.max_held, ask.on_busy != OnBusy::Reject);
    let is_new = matches!(ask.question, Question::New { .. });
    let follows_newest = matches!(ask.question, Question::New { follows: Follows::Newest, .. });
    let message = line.last().ok_or(ApiError::NotFound)?.clone();
    let generation = generation(request, &message, ask);
    let turns =
        prompt::assemble(generation.system_prompt.as_deref(), &line, app.config.prompt_tokens);
    let job = first_job(&generation, turns);
    let job = (!generation.held).then(|| job_row(&job, at, app.config.claim));
    let new = NewGeneration {
        chat_title: title_from(&message.content),
        outbox: job.into_iter().collect(),
        audit: created_entry(&generation, at),
        max_in_flight: app.config.max_in_flight_per_user,
        max_held,
        // Who would wait does not begin before who waits already.
        may_pass: !waits,
        follows_newest: follows_newest && is_checked,
        generation,
        message: is_new.then_some(message),
        fingerprint,
    };
    failpoint::pass("api.before_commit").await;
    let admission = app.ports.generations.admit(&new, at).await?;
    failpoint::pass("api.after_commit").await;
    match admission {
        Admission::Created { named } => {
            app.handover.fresh(new.outbox);
            if named {
                let named = Announcement::Named(new.generation.user_id, new.generation.chat_id);
                app.announcements.leave(named);
            }
            app.announce(&new.generation);
            // The relay goes first: somebody waits for the answer, and this reply says only that it will come.
            yield_now().await;
            Ok(Some(new.generation))
        }
        Admission::Replayed(generation) => Ok(Some(*generation)),
        Admission::Overtaken => Ok(None),
        Admission::Conflict => Err(ApiError::RequestIdReused),
        Admission::Busy(other) => Err(ApiError::InFlight(other)),
        Admission::Behind(other) => Err(ApiError::Behind(other)),
        Admission::Full => Err(ApiError::QueueFull),
        Admission::NoSuchChat => Err(ApiError::NotFound),
    }
}

fn generation(request: Request, message: &Message, ask: Ask) -> Generation {
    let Request { user, id, asked, is_held, at, .. } = request;
    // Nothing is accepted before the question it answers was asked: the answer is later than both.
    let accepted_at = at.max(message.created_at);
    Generation {
        id,
        user_id: user,
        chat_id: message.chat_id,
        user_message_id: message.id,
        assistant_message_id: None,
        state: State::NEW,
        provider: asked.first.provider,
        model: asked.first.model,
        fallbacks: asked.fallbacks,
        chain: asked.chain,
        system_prompt: ask.system_prompt,
        sampling: ask.sampling,
        request_id: ask.request_id,
        error_code: None,
        error_message: None,
        finish_reason: None,
        input_tokens: 0,
        output_tokens: 0,
        last_seq: 0,
        held: is_held,
        rescues: 0,
        lost: 0,
        created_at: accepted_at,
        started_at: None,
        finished_at: None,
        updated_at: accepted_at,
    }
}

fn first_job(generation: &Generation, turns: Vec<Turn>) -> Job {
    Job {
        v: JOB_VERSION,
        generation_id: generation.id,
        user_id: generation.user_id,
        chat_id: generation.chat_id,
        attempt: 1,
        retries: 0,
        last_seq: 0,
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
    use testkit::clock::epoch;

    use super::*;

    #[test]
    fn only_what_is_under_way_is_stopped_for_another_question() {
        let id = GenerationId::generate(epoch());
        for (on_busy, refusal, stopped) in [
            (OnBusy::Interrupt, ApiError::InFlight(id), Some(id)),
            (OnBusy::Interrupt, ApiError::Behind(id), None),
            (OnBusy::Queue, ApiError::InFlight(id), None),
            (OnBusy::Queue, ApiError::Behind(id), None),
        ] {
            assert_eq!(interrupted(on_busy, &refusal), stopped, "{on_busy:?} {refusal:?}");
        }
    }
}
