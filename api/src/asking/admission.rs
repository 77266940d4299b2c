//! The way of one request for an answer: limits, prompt, one transaction, hand-over.

use std::time::Duration;

use chrono::{Days, NaiveTime};
use domain::{
    chat::{Message, Speaker, line, title_from},
    generation::{Generation, State},
    id::{ChatId, GenerationId, MessageId, UserId},
    job::{JOB_VERSION, Job, Turn},
    model::ModelRef,
    prompt,
    time::Timestamp,
};
use ports::{
    live::InFlight,
    store::{Admission, DailyUsage, NewGeneration, RequestFingerprint},
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Ask, Follows, HISTORY_MESSAGES, OnBusy, Question, interrupt::interrupt, job_row};
use crate::{
    app::App,
    ending::created_row,
    error::{ApiError, Wait},
    feeds::Announcement,
    quota::{self, Bucket, Quota},
    turns,
};

/// After so long a place that nobody gave back is free again; the store decides anyway.
pub(crate) const PLACE_EXPIRY: Duration = Duration::from_hours(1);

/// Whose request it is, for what, and what its generation is called.
struct Request {
    user: UserId,
    chat: ChatId,
    id: GenerationId,
    model: ModelRef,
    fallbacks: Vec<ModelRef>,
    /// It waits for its turn.
    is_held: bool,
    at: Timestamp,
}

/// How many generations under way one question interrupts.
const INTERRUPTED: usize = 10;

/// Accepts `ask` of `user` in `chat`, or answers with the generation of the same request before.
pub(crate) async fn ask(
    app: &App,
    user: UserId,
    chat: ChatId,
    ask: Ask,
) -> Result<Generation, ApiError> {
    // First, so that who asks too often costs the store nothing.
    check_quota(app, user, app.now()).await?;
    let mut left = if ask.on_busy == OnBusy::Interrupt { INTERRUPTED } else { 0 };
    loop {
        match try_ask(app, user, chat, ask.clone(), false).await {
            Err(ApiError::InFlight(busy)) if left > 0 => interrupt(app, user, busy).await?,
            Err(ApiError::InFlight(_)) if ask.on_busy == OnBusy::Queue => {
                let held = try_ask(app, user, chat, ask, true).await?;
                // What it was to wait for may have ended just now.
                turns::give(app, user).await;
                return Ok(held);
            }
            asked => return asked,
        }
        left -= 1;
    }
}

async fn try_ask(
    app: &App,
    user: UserId,
    chat: ChatId,
    ask: Ask,
    is_held: bool,
) -> Result<Generation, ApiError> {
    let at = app.now();
    let catalog = &app.config.catalog;
    let model = catalog.resolve(ask.model.as_deref())?;
    let fallbacks = catalog.fallbacks(ask.model.as_deref()).to_vec();
    let id = GenerationId::generate(at);
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
    let has_place = has_place?;
    let admitted = match line {
        Ok(line) => {
            let request = Request { user, chat, id, model, fallbacks, is_held, at };
            admit(app, request, ask, line).await
        }
        Err(error) => Err(error),
    };
    let is_new = admitted.as_ref().is_ok_and(|generation| generation.id == id);
    if has_place && !is_new {
        release_place(app, user, id).await;
    }
    admitted
}

async fn admit(
    app: &App,
    request: Request,
    ask: Ask,
    line: Vec<Message>,
) -> Result<Generation, ApiError> {
    let at = request.at;
    let fallbacks = request.fallbacks.clone();
    let fingerprint = fingerprint(&ask, request.chat);
    let is_new = matches!(ask.question, Question::New { .. });
    let (is_first, message) = (line.len() == 1, line.last().ok_or(ApiError::NotFound)?.clone());
    let generation = generation(request, &message, ask);
    let turns = prompt::assemble(&line, app.config.prompt_tokens);
    let job = first_job(&generation, fallbacks, turns);
    let job = (!generation.held).then(|| job_row(&job, at, app.config.claim));
    let created = created_row(&generation, at, app.config.claim);
    let new = NewGeneration {
        chat_title: title_from(&message.content),
        outbox: job.into_iter().chain([created]).collect(),
        max_in_flight: app.config.max_in_flight_per_user,
        max_held: app.config.max_queued_per_user,
        generation,
        message: is_new.then_some(message),
        fingerprint,
    };
    failpoint::pass("api.before_commit").await;
    let admission = app.ports.generations.admit(&new, at).await?;
    failpoint::pass("api.after_commit").await;
    match admission {
        Admission::Created => {
            app.hand_over(new.outbox);
            if is_first {
                let named = Announcement::Named(new.generation.user_id, new.generation.chat_id);
                app.announcements.leave(named);
            }
            app.announce(&new.generation);
            Ok(new.generation)
        }
        Admission::Replayed(generation) => Ok(*generation),
        Admission::Conflict => Err(ApiError::RequestIdReused),
        Admission::Busy(other) => Err(ApiError::InFlight(other)),
        Admission::Full => Err(ApiError::QueueFull),
        Admission::NoSuchChat => Err(ApiError::NotFound),
    }
}

/// So many in a second and in a minute, and so many tokens in a day.
async fn check_quota(app: &App, user: UserId, at: Timestamp) -> Result<(), ApiError> {
    let who = user.to_string();
    let per_second = Quota { times: app.config.requests_per_second, per: Duration::from_secs(1) };
    let per_minute = Quota { times: app.config.requests_per_minute, per: Duration::from_mins(1) };
    let named = |name| Bucket { name, who: &who };
    let (second, minute, budget) = tokio::join!(
        quota::check(app, named("generations-per-second"), per_second, at),
        quota::check(app, named("generations"), per_minute, at),
        check_budget(app, user, at),
    );
    second.and(minute).and(budget)
}

/// Whether the user has tokens left today (UTC). The books may be a moment behind.
async fn check_budget(app: &App, user: UserId, at: Timestamp) -> Result<(), ApiError> {
    let Some(budget) = app.config.tokens_per_day else { return Ok(()) };
    let today = at.date_naive();
    let days = app.ports.ledger.daily_usage(user, today).await?;
    let spent = |day: &DailyUsage| day.input_tokens.saturating_add(day.output_tokens);
    let spent: u64 = days.iter().filter(|day| day.day == today).map(spent).sum();
    if spent < budget {
        return Ok(());
    }
    let tomorrow = (today + Days::new(1)).and_time(NaiveTime::MIN).and_utc();
    let after = (tomorrow - at).to_std().unwrap_or_default();
    Err(ApiError::BudgetSpent(Wait { after, until: tomorrow }))
}

/// Takes the user's place for the generation `id`: a cheap look that spares the store a request it
/// would refuse. Whether the place is ours now.
///
/// A request that may be a repetition is left to the store, which alone knows the first one.
async fn look_for_place(
    app: &App,
    user: UserId,
    id: GenerationId,
    may_be_repeated: bool,
) -> Result<bool, ApiError> {
    if app.config.max_in_flight_per_user != 1 {
        return Ok(false);
    }
    let holder = match acquire(app, user, id).await {
        Some(InFlight::Acquired) => return Ok(true),
        Some(InFlight::HeldBy(holder)) => holder,
        None => return Ok(false),
    };
    let held = app.ports.generations.find(user, holder).await?;
    let is_under_way = held.is_some_and(|generation| !generation.state.status.is_terminal());
    if is_under_way && !may_be_repeated {
        return Err(ApiError::InFlight(holder));
    }
    if is_under_way {
        return Ok(false);
    }
    release_place(app, user, holder).await;
    Ok(matches!(acquire(app, user, id).await, Some(InFlight::Acquired)))
}

/// None when the live side does not answer: the store decides alone.
async fn acquire(app: &App, user: UserId, id: GenerationId) -> Option<InFlight> {
    app.ports.limits.acquire_inflight(user, id, PLACE_EXPIRY).await.ok()
}

async fn release_place(app: &App, user: UserId, id: GenerationId) {
    if let Err(error) = app.ports.limits.release_inflight(user, id).await {
        tracing::warn!(%user, generation_id = %id, error = crate::error::chain(&error), "a place stays taken until it expires");
    }
}

/// What was said before a new message that follows what `follows` says, oldest first.
pub(crate) async fn line_before(
    app: &App,
    user: UserId,
    chat: ChatId,
    follows: Follows,
) -> Result<Vec<Message>, ApiError> {
    match follows {
        Follows::Nothing => Ok(Vec::new()),
        Follows::Newest => Ok(line(app.ports.chats.history(chat, None, HISTORY_MESSAGES).await?)),
        Follows::Message(id) => {
            let wrong = "must be the id of a message of this chat, or null";
            line_of(app, user, chat, id).await?.ok_or_else(|| ApiError::invalid("/parentId", wrong))
        }
    }
}

/// The line that ends with the message called `id`, if it is in the chat.
async fn line_of(
    app: &App,
    user: UserId,
    chat: ChatId,
    id: MessageId,
) -> Result<Option<Vec<Message>>, ApiError> {
    let chats = &app.ports.chats;
    let line = line(chats.history(chat, Some(id), HISTORY_MESSAGES).await?);
    if line.last().is_some_and(|message| message.id == id) {
        return Ok(Some(line));
    }
    // Whose chat it is goes first: nobody learns what is in another's.
    chats.find(user, chat).await?.ok_or(ApiError::NotFound)?;
    Ok(None)
}

/// What is said up to the question, oldest first; the question is the last.
async fn line_to(
    app: &App,
    user: UserId,
    chat_id: ChatId,
    question: &Question,
    at: Timestamp,
) -> Result<Vec<Message>, ApiError> {
    match question {
        Question::Again(id) => line_of(app, user, chat_id, *id).await?.ok_or(ApiError::NotFound),
        Question::New { content, follows } => {
            let mut line = line_before(app, user, chat_id, *follows).await?;
            line.push(Message {
                id: MessageId::generate(at),
                chat_id,
                role: Speaker::User,
                content: content.clone(),
                parent_id: line.last().map(|message| message.id),
                generation_id: None,
                created_at: at,
            });
            Ok(line)
        }
    }
}

fn generation(request: Request, message: &Message, ask: Ask) -> Generation {
    let Request { user, id, model, is_held, at, .. } = request;
    Generation {
        id,
        user_id: user,
        chat_id: message.chat_id,
        user_message_id: message.id,
        assistant_message_id: None,
        state: State::NEW,
        provider: model.provider,
        model: model.model,
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
        created_at: at,
        started_at: None,
        finished_at: None,
        updated_at: at,
    }
}

fn first_job(generation: &Generation, fallbacks: Vec<ModelRef>, turns: Vec<Turn>) -> Job {
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
        fallbacks,
        system: generation.system_prompt.clone(),
        turns,
        sampling: generation.sampling,
        created_at: generation.created_at,
    }
}

/// What two requests with one request id must have in common.
#[derive(Serialize)]
struct Asked<'a> {
    chat: ChatId,
    content: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    beside: Option<String>,
    model: Option<&'a str>,
    system_prompt: Option<&'a str>,
    sampling: domain::job::Sampling,
}

fn fingerprint(ask: &Ask, chat: ChatId) -> Option<RequestFingerprint> {
    let request_id = ask.request_id.clone()?;
    let (content, beside) = match &ask.question {
        Question::New { content, follows: Follows::Newest } => (content.as_str(), None),
        Question::New { content, follows: Follows::Nothing } => {
            (content.as_str(), Some("-".into()))
        }
        Question::New { content, follows: Follows::Message(id) } => {
            (content.as_str(), Some(id.to_string()))
        }
        Question::Again(id) => ("", Some(id.to_string())),
    };
    let asked = Asked {
        chat,
        content,
        beside,
        model: ask.model.as_deref(),
        system_prompt: ask.system_prompt.as_deref(),
        sampling: ask.sampling,
    };
    let json = serde_json::to_vec(&asked).expect("texts and finite numbers have a JSON form");
    Some(RequestFingerprint { request_id, body_hash: Sha256::digest(json).into() })
}
