//! Stores a message, and asks for an answer unless told otherwise.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::{
    chat::{Message, Speaker, title_from},
    id::{ChatId, MessageId},
};
use ports::store::MessageAppended;
use serde::Deserialize;
use serde_json::Number;
use utoipa::ToSchema;

use crate::{
    app::App,
    asking::{Ask, AskOptions, Follows, Question, ask, before, check_content, said_at},
    counted::{Counted, count},
    error::{ApiError, Faults, Problem},
    extract::{CurrentUser, FromBody, IdempotencyKey, PathId, Text, ValidJson, Wish},
    feeds::Announcement,
    routes::generations::ask::accepted,
    shapes::{AcceptedShape, MessageShape},
};

// Written out, since serde cannot refuse unknown fields where structs are flattened.
/// A message, with wishes for its answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct SendBody {
    /// What is said; 1 byte to 256 KiB.
    #[schema(value_type = String)]
    content: Text,
    /// Which message it follows; the newest when absent. Another one makes a branch: what follows one message
    /// are siblings. Null begins the chat anew.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    parent_id: Wish<Text>,
    /// Who said it: `user`, or `assistant` for a message that is only stored.
    #[schema(value_type = Option<String>)]
    role: Option<Text>,
    /// Whether an answer is wanted; true when absent, for a user's message.
    generate: Option<bool>,
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

/// What to do with a message.
#[derive(Debug)]
pub(crate) enum Send {
    /// Store it.
    Store(Speaker, String, Follows),
    /// Store it, and ask for an answer.
    Ask(Ask),
}

impl FromBody for Send {
    type Body = SendBody;

    fn from_body(body: SendBody) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let content = check_content("/content", body.content, &mut faults);
        let options = AskOptions {
            model: body.model,
            system_prompt: body.system_prompt,
            temperature: body.temperature,
            max_tokens: body.max_tokens,
            request_id: body.request_id,
            on_busy: body.on_busy,
        };
        let follows = Follows::of(body.parent_id, &mut faults);
        let role = faults.take("/role", speaker(Text::optional(body.role).as_deref()));
        let is_said = role != Some(Speaker::User);
        if is_said && body.generate == Some(true) {
            faults.add(
                "/generate",
                "must be false, or absent, with a message that is not the user's",
            );
        }
        let send = if is_said || body.generate == Some(false) {
            if !options.is_empty() {
                faults.add("/generate", "must be true, or absent, with wishes for the answer");
            }
            role.zip(content).map(|(role, content)| Self::Store(role, content, follows))
        } else {
            let question = content.map(|content| Question::New { content, follows });
            options.check(question, &mut faults).map(Self::Ask)
        };
        send.filter(|_| faults.is_empty()).ok_or(faults)
    }
}

/// Stores a message. Unless `generate` is false, also asks for an answer, as
/// `POST /api/chats/{id}/generations` does.
#[utoipa::path(
    post, path = "/api/chats/{id}/messages", tag = "messages",
    params(
        ("id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header,
            description = "Stands in for `requestId`; only where an answer is asked for."),
    ),
    request_body = SendBody,
    responses(
        (status = 201, body = MessageShape, description = "Stored; `generate` was false."),
        (status = 202, body = AcceptedShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn send(
    State(app): State<App>,
    user: CurrentUser,
    PathId(chat): PathId<ChatId>,
    IdempotencyKey(key): IdempotencyKey,
    ValidJson(body): ValidJson<Send>,
) -> Result<Response, ApiError> {
    match body {
        // Repeated, it would be stored once more, whatever it is called.
        Send::Store(..) if key.is_some() => {
            let why = "must be absent where no answer is asked for";
            Err(ApiError::invalid("/Idempotency-Key", why))
        }
        Send::Store(role, content, follows) => {
            store(&app, user, chat, (role, content), follows).await
        }
        Send::Ask(mut wish) => {
            wish.request_id = wish.request_id.or(key);
            ask(&app, user.id, chat, wish).await.map(|generation| accepted(&generation))
        }
    }
}

fn speaker(role: Option<&str>) -> Result<Speaker, &'static str> {
    match role {
        None | Some("user") => Ok(Speaker::User),
        Some("assistant") => Ok(Speaker::Assistant),
        Some(_) => Err("must be \"user\" or \"assistant\""),
    }
}

async fn store(
    app: &App,
    user: CurrentUser,
    chat_id: ChatId,
    (role, content): (Speaker, String),
    follows: Follows,
) -> Result<Response, ApiError> {
    let at = app.now();
    // First, so that who says too much costs the store nothing.
    count(app, user.id, Counted::Messages, at).await?;
    let id = MessageId::generate(at);
    let (parent_id, parent_at) = before(app, user.id, chat_id, follows).await?.unzip();
    let created_at = said_at(parent_at, at);
    // What is not done is not noted.
    app.ports.chats.find(user.id, chat_id).await?.ok_or(ApiError::NotFound)?;
    app.audit(Some(user.id), "message.created", id).await?;
    let message =
        Message { id, chat_id, role, content, parent_id, generation_id: None, created_at };
    match app.ports.chats.append(user.id, &message, &title_from(&message.content)).await? {
        MessageAppended::Appended { named } => {
            if named {
                app.announcements.leave(Announcement::Named(user.id, chat_id));
            }
            Ok((StatusCode::CREATED, Json(MessageShape::from(message))).into_response())
        }
        MessageAppended::NotFound => Err(ApiError::NotFound),
    }
}
