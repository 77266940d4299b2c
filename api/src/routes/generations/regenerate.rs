//! Asks for another answer.

use axum::{extract::State, response::Response};
use domain::{id::GenerationId, job::Sampling};
use serde::Deserialize;
use serde_json::Number;
use utoipa::ToSchema;

use super::ask::accepted;
use crate::{
    app::App,
    asking::{self, AskOptions, Question},
    error::{ApiError, Faults, Problem},
    extract::{CurrentUser, FromBody, IdempotencyKey, PathId, Text, ValidJson, Wish},
    shapes::AcceptedShape,
};

/// Wishes for another answer; what is absent is as it was, and what is null as if it had not been wished for.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct AgainBody {
    /// Who should answer: a name from `/api/models`, or `provider/model`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    model: Wish<Text>,
    /// The rules put before the chat; at most 64 KiB.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    system_prompt: Wish<Text>,
    /// 0 is the most predictable.
    #[serde(default)]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 2)]
    temperature: Wish<Number>,
    /// The longest answer, in tokens; not above the maximum of the model, if one is known.
    #[serde(default)]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 200_000)]
    max_tokens: Wish<Number>,
    /// Your own name for this request: repeated, it names the same generation.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    request_id: Option<Text>,
    /// What to do while another generation is under way: `reject`, `interrupt`, which stops it first,
    /// or `queue`, which waits for its end.
    #[schema(value_type = Option<String>)]
    on_busy: Option<Text>,
}

/// A checked [`AgainBody`]; the question is known later.
#[derive(Debug)]
pub(crate) struct Again {
    options: AskOptions,
    forgets: Forgets,
}

/// What is not to be as it was.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is about another field")]
struct Forgets {
    model: bool,
    system_prompt: bool,
    temperature: bool,
    max_tokens: bool,
}

impl FromBody for Again {
    type Body = AgainBody;

    fn from_body(body: AgainBody) -> Result<Self, Faults> {
        let forgets = Forgets {
            model: body.model.is_null(),
            system_prompt: body.system_prompt.is_null(),
            temperature: body.temperature.is_null(),
            max_tokens: body.max_tokens.is_null(),
        };
        let options = AskOptions {
            model: body.model.value(),
            system_prompt: body.system_prompt.value(),
            temperature: body.temperature.value(),
            max_tokens: body.max_tokens.value(),
            request_id: body.request_id,
            on_busy: body.on_busy,
        };
        Ok(Self { options, forgets })
    }

    fn absent() -> Option<AgainBody> {
        Some(AgainBody::default())
    }
}

/// Asks for another answer to the question of a generation. It stands beside the other answers: they have one
/// parent.
#[utoipa::path(
    post, path = "/api/generations/{id}/regenerate", tag = "generations",
    params(
        ("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Stands in for `requestId`."),
    ),
    request_body = Option<AgainBody>,
    responses(
        (status = 202, body = AcceptedShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn regenerate(
    State(app): State<App>,
    user: CurrentUser,
    PathId(id): PathId<GenerationId>,
    IdempotencyKey(key): IdempotencyKey,
    ValidJson(Again { options, forgets }): ValidJson<Again>,
) -> Result<Response, ApiError> {
    let before = app.ports.generations.find(user.id, id).await?.ok_or(ApiError::NotFound)?;
    let mut faults = Faults::default();
    let question = Question::Again(before.user_message_id);
    let mut ask = options.check(Some(question), &mut faults).ok_or(ApiError::Invalid(faults))?;
    ask.request_id = ask.request_id.or(key);
    if !forgets.model {
        ask.model = ask.model.or_else(|| Some(asking::as_before(&app.config.catalog, &before)));
    }
    ask.system_prompt =
        ask.system_prompt.or(before.system_prompt.filter(|_| !forgets.system_prompt));
    let Sampling { temperature, max_tokens } = before.sampling;
    ask.usual = Sampling {
        temperature: temperature.filter(|_| !forgets.temperature),
        max_tokens: max_tokens.filter(|_| !forgets.max_tokens),
    };
    let generation = asking::ask(&app, user.id, before.chat_id, ask).await?;
    Ok(accepted(&generation))
}
