//! Asks for an answer.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{generation::Generation, id::ChatId};
use serde::Deserialize;
use serde_json::Number;
use utoipa::ToSchema;

use crate::{
    app::App,
    asking::{self, Ask, AskOptions, Follows, Question, check_content},
    error::{ApiError, Faults, Problem},
    extract::{CurrentUser, FromBody, IdempotencyKey, PathId, Text, ValidJson, Wish},
    shapes::AcceptedShape,
};

/// A question, with wishes for its answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct AskBody {
    /// The question; 1 byte to 256 KiB.
    #[schema(value_type = String)]
    user_message: Text,
    /// Which message it follows; the newest when absent. Another one makes a branch: what follows one message
    /// are siblings. Null begins the chat anew.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    parent_id: Wish<Text>,
    /// Who should answer: a name from `/api/models`, or `provider/model`.
    #[schema(value_type = Option<String>)]
    model: Option<Text>,
    /// The rules put before the chat; at most 64 KiB.
    #[schema(value_type = Option<String>)]
    system_prompt: Option<Text>,
    /// 0 is the most predictable.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 2)]
    temperature: Option<Number>,
    /// The longest answer, in tokens; not above the maximum of the model, if one is known.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 200_000)]
    max_tokens: Option<Number>,
    /// Your own name for this request: repeated, it names the same generation.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    request_id: Option<Text>,
    /// What to do while another generation is under way: `reject`, `interrupt`, which stops it first,
    /// or `queue`, which waits for its end.
    #[schema(value_type = Option<String>)]
    on_busy: Option<Text>,
}

impl FromBody for Ask {
    type Body = AskBody;

    fn from_body(body: AskBody) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let content = check_content("/userMessage", body.user_message, &mut faults);
        let options = AskOptions {
            model: body.model,
            system_prompt: body.system_prompt,
            temperature: body.temperature,
            max_tokens: body.max_tokens,
            request_id: body.request_id,
            on_busy: body.on_busy,
        };
        let follows = Follows::of(body.parent_id, &mut faults);
        let question = content.map(|content| Question::New { content, follows });
        options.check(question, &mut faults).ok_or(faults)
    }
}

/// Asks for an answer. It is accepted at once, and generated and streamed in its own time.
#[utoipa::path(
    post, path = "/api/chats/{id}/generations", tag = "generations",
    params(
        ("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Stands in for `requestId`."),
    ),
    request_body = AskBody,
    responses(
        (status = 202, body = AcceptedShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ask(
    State(app): State<App>,
    user: CurrentUser,
    PathId(chat): PathId<ChatId>,
    IdempotencyKey(key): IdempotencyKey,
    ValidJson(mut wish): ValidJson<Ask>,
) -> Result<Response, ApiError> {
    wish.request_id = wish.request_id.or(key);
    asking::ask(&app, user.id, chat, wish).await.map(|generation| accepted(&generation))
}

/// The answer to an accepted request.
pub(crate) fn accepted(generation: &Generation) -> Response {
    let location = format!("/api/generations/{}", generation.id);
    let body = Json(AcceptedShape::from(generation));
    (StatusCode::ACCEPTED, [(header::LOCATION, location)], body).into_response()
}
