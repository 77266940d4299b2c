//! One run.

use axum::{Json, extract::State};
use domain::{
    generation::Generation,
    id::{ChatId, GenerationId, MessageId},
    time::Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::find;
use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::{Caller, PathId},
};

/// A run.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunShape {
    /// Which one.
    #[schema(value_type = Uuid)]
    run_id: GenerationId,
    /// Where.
    #[schema(value_type = Uuid)]
    thread_id: ChatId,
    /// `queued`, `streaming`, `succeeded`, `failed` or `canceled`.
    status: &'static str,
    /// Who is asked.
    model: String,
    /// What it answers.
    #[schema(value_type = Uuid)]
    message_id: MessageId,
    /// The answer, once there is one.
    #[schema(value_type = Option<Uuid>)]
    answer_id: Option<MessageId>,
    /// Tokens of the prompt.
    input_tokens: u64,
    /// Tokens of the answer.
    output_tokens: u64,
    /// The attempt under way, or the last one.
    attempt: u32,
    /// Why it failed, as a stable code.
    error_code: Option<String>,
    /// Why it failed, for people.
    error_message: Option<String>,
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

impl From<Generation> for RunShape {
    fn from(run: Generation) -> Self {
        Self {
            run_id: run.id,
            thread_id: run.chat_id,
            status: run.state.status.as_str(),
            model: run.model,
            message_id: run.user_message_id,
            answer_id: run.assistant_message_id,
            input_tokens: run.input_tokens,
            output_tokens: run.output_tokens,
            attempt: run.state.attempt,
            error_code: run.error_code,
            error_message: run.error_message,
            created_at: run.created_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
        }
    }
}

/// One run.
#[utoipa::path(
    get, path = "/api/runs/{id}", tag = "runs", security((), ("access_token" = [])),
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = RunShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<GenerationId>,
) -> Result<Json<RunShape>, ApiError> {
    Ok(Json(find(&app, caller, id).await?.into()))
}
