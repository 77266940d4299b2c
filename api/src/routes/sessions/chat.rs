//! Says something in a session.

use axum::{Json, extract::State, http::StatusCode};
use domain::id::GenerationId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::SessionName;
use crate::{
    app::App,
    asking::{self, Ask, AskOptions, Follows, Question, check_content},
    error::{ApiError, Faults, Problem},
    extract::{Caller, ClientAddress, FromBody, IdempotencyKey, Text, ValidJson},
};

/// What is said, and where.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChatBody {
    /// Your own name for the session; 1 to 200 bytes.
    #[schema(value_type = String)]
    session_id: Text,
    /// Your own name for the user; 1 to 200 bytes.
    #[schema(value_type = String)]
    user_id: Text,
    /// 1 byte to 256 KiB.
    #[schema(value_type = String)]
    message: Text,
    /// Who should answer: a name from `/api/models`, or `provider/model`.
    #[schema(value_type = Option<String>)]
    model: Option<Text>,
}

/// A checked [`ChatBody`].
#[derive(Debug)]
pub(crate) struct Said(SessionName, Ask);

impl FromBody for Said {
    type Body = ChatBody;

    fn from_body(body: ChatBody) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let name = SessionName { session_id: body.session_id.0, user_id: body.user_id.0 };
        let name = name.check(&mut faults);
        let content = check_content("/message", body.message, &mut faults);
        let options = AskOptions { model: body.model, ..AskOptions::default() };
        let follows = Follows::default();
        let question = content.map(|content| Question::New { content, follows });
        let ask = options.check(question, &mut faults);
        name.zip(ask).map(|(name, ask)| Self(name, ask)).ok_or(faults)
    }
}

/// A message that was accepted.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChatAcceptedShape {
    /// As given.
    session_id: String,
    /// What answers it, as `/api/sse` tells it.
    #[schema(value_type = Uuid)]
    generation_id: GenerationId,
}

/// Says something in a session. The answer comes on `GET /api/sse`.
#[utoipa::path(
    post, path = "/api/chat", tag = "sessions", security((), ("access_token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeated, it names the same answer.")),
    request_body = ChatBody,
    responses(
        (status = 202, body = ChatAcceptedShape),
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
    from: ClientAddress,
    IdempotencyKey(key): IdempotencyKey,
    ValidJson(Said(name, mut ask)): ValidJson<Said>,
) -> Result<(StatusCode, Json<ChatAcceptedShape>), ApiError> {
    let (owner, chat) = name.open(&app, caller, from).await?;
    ask.request_id = key;
    let generation = asking::ask(&app, owner, chat, ask).await?;
    let shape = ChatAcceptedShape { session_id: name.session_id, generation_id: generation.id };
    Ok((StatusCode::ACCEPTED, Json(shape)))
}
