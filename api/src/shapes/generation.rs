//! Generations.

use domain::{
    generation::{Generation, Status},
    id::{ChatId, GenerationId, MessageId},
    time::Timestamp,
};
use ports::store::AttemptRow;
use serde::Serialize;
use utoipa::ToSchema;

use super::words;

/// A requested answer that was accepted.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AcceptedShape {
    /// The generation.
    #[schema(value_type = Uuid)]
    pub(crate) generation_id: GenerationId,
    /// Where the answer will stand.
    #[schema(value_type = Uuid)]
    chat_id: ChatId,
    /// The message it answers.
    #[schema(value_type = Uuid)]
    user_message_id: MessageId,
    /// `queued`; for a repeated request where the generation is by now.
    #[schema(schema_with = words::status)]
    status: Status,
    /// Where the answer can be followed.
    pub(crate) stream_url: String,
}

impl From<&Generation> for AcceptedShape {
    fn from(generation: &Generation) -> Self {
        Self {
            generation_id: generation.id,
            chat_id: generation.chat_id,
            user_message_id: generation.user_message_id,
            status: generation.state.status,
            stream_url: format!("/api/generations/{}/stream", generation.id),
        }
    }
}

/// What became of the wish to stop.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CanceledShape {
    /// The generation.
    #[schema(value_type = Uuid)]
    pub(crate) generation_id: GenerationId,
    /// Where it is now; `streaming` while a worker is about to stop.
    #[schema(schema_with = words::status)]
    pub(crate) status: Status,
}

/// A generation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GenerationShape {
    /// Which one.
    #[schema(value_type = Uuid)]
    id: GenerationId,
    /// Where the answer goes.
    #[schema(value_type = Uuid)]
    chat_id: ChatId,
    /// The message it answers.
    #[schema(value_type = Uuid)]
    user_message_id: MessageId,
    /// The answer, once there is one.
    #[schema(value_type = Option<Uuid>)]
    message_id: Option<MessageId>,
    /// `queued`, `streaming`, `succeeded`, `failed` or `canceled`.
    #[schema(schema_with = words::status)]
    status: Status,
    /// Who is asked.
    provider: String,
    /// Which of the provider's models.
    model: String,
    /// The attempt under way, or the last one; 0 before the first.
    attempt: u32,
    /// How many waits of the retry ladder it has used.
    retries: u32,
    /// Whether its user asked to stop.
    cancel_requested: bool,
    /// Tokens of the prompt, over all attempts.
    input_tokens: u64,
    /// Tokens of the answer, over all attempts.
    output_tokens: u64,
    /// How the model ended, for example `stop` or `length`.
    finish_reason: Option<String>,
    /// Why it failed, as a stable code.
    error_code: Option<String>,
    /// Why it failed, for people.
    error_message: Option<String>,
    /// When the next try is due, while one is parked.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    retry_at: Option<Timestamp>,
    /// When it was accepted.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
    /// When its first attempt started.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    finished_at: Option<Timestamp>,
}

/// One try at a generation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttemptShape {
    /// Its number, from 1.
    attempt: u32,
    /// Who was asked, in the end.
    provider: String,
    /// Which of the provider's models.
    model: String,
    /// `succeeded`, `failed`, `canceled` or `retry`; null while it runs, or when its worker was lost.
    outcome: Option<String>,
    /// Why it failed, as a stable code.
    error_code: Option<String>,
    /// Tokens of the prompt.
    input_tokens: u64,
    /// Tokens of the answer.
    output_tokens: u64,
    /// When it began.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    started_at: Timestamp,
    /// When it ended.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    ended_at: Option<Timestamp>,
}

impl From<AttemptRow> for AttemptShape {
    fn from(row: AttemptRow) -> Self {
        Self {
            attempt: row.attempt,
            provider: row.provider.to_string(),
            model: row.model,
            outcome: row.outcome,
            error_code: row.error_code,
            input_tokens: row.input_tokens,
            output_tokens: row.output_tokens,
            started_at: row.started_at,
            ended_at: row.ended_at,
        }
    }
}

/// A generation with the tries at it.
#[derive(Serialize, ToSchema)]
pub(crate) struct GenerationDetailShape {
    /// The generation.
    #[serde(flatten)]
    pub(crate) generation: GenerationShape,
    /// The tries, in order.
    pub(crate) attempts: Vec<AttemptShape>,
}

impl From<Generation> for GenerationShape {
    fn from(generation: Generation) -> Self {
        Self {
            id: generation.id,
            chat_id: generation.chat_id,
            user_message_id: generation.user_message_id,
            message_id: generation.assistant_message_id,
            status: generation.state.status,
            provider: generation.provider.to_string(),
            model: generation.model,
            attempt: generation.state.attempt,
            retries: generation.state.retries,
            cancel_requested: generation.state.cancel_requested,
            input_tokens: generation.input_tokens,
            output_tokens: generation.output_tokens,
            finish_reason: generation.finish_reason,
            error_code: generation.error_code,
            error_message: generation.error_message,
            retry_at: generation.state.retry_at,
            created_at: generation.created_at,
            started_at: generation.started_at,
            finished_at: generation.finished_at,
        }
    }
}
