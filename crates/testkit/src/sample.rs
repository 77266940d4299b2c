//! Ready-made values, so that a test names only what it is about.

use domain::{
    account::{Role, User},
    attempt::{FinishReason, Outcome},
    chat::{Chat, Message, Speaker},
    email::Email,
    event::{Event, SeqEvent},
    generation::{Generation, State, Status},
    id::{ChatId, EventId, GenerationId, MessageId, OutboxId, UserId},
    job::{JOB_VERSION, Job, Sampling, Turn},
    key::KeyId,
    ledger::AuditEvent,
    model::ProviderName,
    report::{Ended, REPORT_VERSION, Started},
    time::Timestamp,
    usage::Usage,
};
use ports::{
    queue::{Envelope, Topic},
    store::{NewAccount, NewGeneration, NewOutboxRow, Rest, Stop},
};

/// A user with an address of their own.
#[must_use]
pub fn user(at: Timestamp) -> User {
    let id = UserId::generate(at);
    let email = Email::parse(&format!("{id}@example.org")).unwrap();
    User { id, email, role: Role::User, disabled: false, created_at: at }
}

/// A new account of `user`, without a password.
#[must_use]
pub fn account(user: User) -> NewAccount {
    NewAccount { user, password_hash: None }
}

/// A chat without a name.
#[must_use]
pub fn chat(owner: UserId, at: Timestamp) -> Chat {
    let id = ChatId::generate(at);
    Chat { id, owner, title: String::new(), created_at: at, updated_at: at }
}

/// What a user says.
#[must_use]
pub fn message(chat_id: ChatId, content: &str, at: Timestamp) -> Message {
    let id = MessageId::generate(at);
    let content = content.to_owned();
    let role = Speaker::User;
    Message { id, chat_id, role, content, parent_id: None, generation_id: None, created_at: at }
}

/// The provider every sample asks.
#[must_use]
pub fn provider() -> ProviderName {
    ProviderName::parse("simulated").unwrap()
}

/// A generation just asked for, answering `message`.
#[must_use]
pub fn generation(owner: UserId, message: &Message, at: Timestamp) -> Generation {
    Generation {
        id: GenerationId::generate(at),
        user_id: owner,
        chat_id: message.chat_id,
        user_message_id: message.id,
        assistant_message_id: None,
        state: State::NEW,
        provider: provider(),
        model: "sim-demo".to_owned(),
        fallbacks: Vec::new(),
        chain: None,
        system_prompt: None,
        sampling: Sampling::default(),
        request_id: None,
        error_code: None,
        error_message: None,
        finish_reason: None,
        input_tokens: 0,
        output_tokens: 0,
        last_seq: 0,
        held: false,
        rescues: 0,
        lost: 0,
        created_at: at,
        started_at: None,
        finished_at: None,
        updated_at: at,
    }
}

/// A request for a generation in `chat`, with its job in the outbox.
#[must_use]
pub fn new_generation(owner: UserId, chat: ChatId, content: &str, at: Timestamp) -> NewGeneration {
    let message = message(chat, content, at);
    let generation = generation(owner, &message, at);
    NewGeneration {
        outbox: vec![job_row(&job(&generation, content), at)],
        audit: audit(&generation, at),
        chat_title: domain::chat::title_from(content),
        fingerprint: None,
        max_in_flight: 1,
        max_held: 0,
        may_pass: true,
        follows_newest: false,
        generation,
        message: Some(message),
    }
}

/// The entry of the audit book that `generation` was asked for.
#[must_use]
pub fn audit(generation: &Generation, at: Timestamp) -> AuditEvent {
    AuditEvent {
        event_id: EventId::of_attempt(generation.id, 0, "created"),
        actor: Some(generation.user_id),
        action: "generation.created".to_owned(),
        subject: generation.id.to_string(),
        detail: None,
        at,
    }
}

/// The first job of `generation`.
#[must_use]
pub fn job(generation: &Generation, question: &str) -> Job {
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
        fallbacks: Vec::new(),
        system: None,
        turns: vec![Turn { role: Speaker::User, content: question.to_owned() }],
        sampling: generation.sampling,
        created_at: generation.created_at,
    }
}

/// An outbox row that publishes `job`.
#[must_use]
pub fn job_row(job: &Job, at: Timestamp) -> NewOutboxRow {
    let id = OutboxId::generate(at);
    let body = serde_json::to_vec(job).unwrap().into();
    NewOutboxRow {
        id,
        topic: Topic::Requests(job.provider.clone()),
        envelope: Envelope {
            message_id: id.as_uuid(),
            correlation_id: job.generation_id.as_uuid(),
            kind: "job".to_owned(),
            at,
            headers: std::collections::BTreeMap::new(),
            body,
        },
        generation_id: Some(job.generation_id),
        claimed_until: None,
    }
}

/// A wish to stop, with nothing to be written if it ends a generation at `at`.
#[must_use]
pub fn stop(rest: &Rest, at: Timestamp) -> Stop<'_> {
    Stop { rest, message_id: MessageId::generate(at), outbox: &[] }
}

/// The first events of an attempt: that it began, then each of `texts`, numbered from `first_seq`.
#[must_use]
pub fn events(first_seq: u64, attempt: u32, texts: &[&str]) -> Vec<SeqEvent> {
    let model = "sim-demo".to_owned();
    let begin = Event::Status { status: Status::Streaming, attempt, model };
    let deltas = texts.iter().map(|text| Event::Delta { delta: (*text).to_owned() });
    let numbered = (first_seq..).zip([begin].into_iter().chain(deltas));
    numbered.map(|(seq, event)| SeqEvent { seq, event }).collect()
}

/// A report that `attempt` began.
#[must_use]
pub fn started(generation: &Generation, attempt: u32, at: Timestamp) -> Started {
    Started { v: REPORT_VERSION, generation_id: generation.id, attempt, at }
}

/// A report that `attempt` ended with `outcome` after `events`, having spent 11 and 6 tokens.
#[must_use]
pub fn ended(
    generation: &Generation,
    attempt: u32,
    outcome: Outcome,
    events: Vec<SeqEvent>,
    at: Timestamp,
) -> Ended {
    Ended {
        v: REPORT_VERSION,
        generation_id: generation.id,
        user_id: generation.user_id,
        attempt,
        outcome,
        provider: generation.provider.clone(),
        model: generation.model.clone(),
        key: Some(KeyId::new("simulated/1")),
        usage: Some(Usage::by_provider(11, 6)),
        usage_before: None,
        started_at: at,
        ended_at: at,
        last_seq: events.last().map_or(generation.last_seq, |entry| entry.seq),
        events,
    }
}

/// The outcome of an attempt that brought the whole answer.
#[must_use]
pub fn succeeded() -> Outcome {
    Outcome::Succeeded { finish: FinishReason::Stop }
}

/// An outbox row that publishes something which is no job.
#[must_use]
pub fn usage_row(generation: &Generation, at: Timestamp) -> NewOutboxRow {
    let job = job_row(&job(generation, "?"), at);
    NewOutboxRow { topic: Topic::UsageEvents, generation_id: None, ..job }
}
