//! Says something in a thread, which begins a run.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::id::{ChatId, GenerationId, MessageId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    asking::{self, Ask, AskOptions, Follows, Question, check_content},
    error::{ApiError, Faults, Problem},
    extract::{Caller, FromBody, IdempotencyKey, PathId, Text, ValidJson},
};

/// What is said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageBody {
    /// 1 byte to 256 KiB.
    #[schema(value_type = String)]
    content: Text,
    /// `user`, the only one who begins a run.
    #[schema(value_type = Option<String>)]
    role: Option<Text>,
    /// Who should answer: a name from `/api/models`, or `provider/model`.
    #[schema(value_type = Option<String>)]
    model: Option<Text>,
}

/// A checked [`MessageBody`].
#[derive(Debug)]
pub(crate) struct Said(Ask);

impl FromBody for Said {
    type Body = MessageBody;

    fn from_body(body: MessageBody) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        if body.role.is_some_and(|Text(role)| role != "user") {
            faults.add("/role", "must be \"user\"");
        }
        let content = check_content("/content", body.content, &mut faults);
        let options = AskOptions { model: body.model, ..AskOptions::default() };
        let follows = Follows::default();
        let question = content.map(|content| Question::New { content, follows });
        options.check(question, &mut faults).map(Self).ok_or(faults)
    }
}

/// A run that was accepted.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunBegunShape {
    /// What was said.
    #[schema(value_type = Uuid)]
    message_id: MessageId,
    /// The run that answers it; a generation in the other vocabulary.
    #[schema(value_type = Uuid)]
    run_id: GenerationId,
    /// Where it is.
    status: &'static str,
}

/// Says something in a thread, which begins a run.
#[utoipa::path(
    post, path = "/api/threads/{id}/messages", tag = "runs", security((), ("access_token" = [])),
    params(
        ("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeated, it names the same run."),
    ),
    request_body = MessageBody,
    responses(
        (status = 202, body = RunBegunShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    PathId(thread): PathId<ChatId>,
    IdempotencyKey(key): IdempotencyKey,
    ValidJson(Said(mut ask)): ValidJson<Said>,
) -> Result<Response, ApiError> {
    let owner = app.ports.chats.owner(thread).await?.ok_or(ApiError::NotFound)?;
    let owner = caller.speaking_for(&app, owner).await?;
    ask.request_id = key;
    let run = asking::ask(&app, owner, thread, ask).await?;
    let location = [(header::LOCATION, format!("/api/runs/{}", run.id))];
    let shape = RunBegunShape {
        message_id: run.user_message_id,
        run_id: run.id,
        status: run.state.status.as_str(),
    };
    Ok((StatusCode::ACCEPTED, location, Json(shape)).into_response())
}
