//! Makes a thread.

use axum::{Json, extract::State, http::StatusCode};
use domain::{
    chat::Chat,
    id::{ChatId, UserId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    counted::{Counted, count},
    error::{ApiError, Faults, Problem},
    extract::{Caller, FromBody, Text, ValidJson},
    routes::chats::title,
};

/// Whose thread it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ThreadBody {
    /// Who; from `POST /api/users`.
    #[schema(value_type = String)]
    user_id: Text,
    /// What to call it; its first message names it when absent.
    #[schema(value_type = Option<String>)]
    title: Option<Text>,
}

/// A checked [`ThreadBody`].
#[derive(Debug)]
pub(crate) struct NewThread {
    user: Option<UserId>,
    title: String,
}

impl FromBody for NewThread {
    type Body = ThreadBody;

    fn from_body(body: ThreadBody) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let title = Text::optional(body.title).unwrap_or_default();
        faults.take("/title", title::fits(&title, 0));
        // What is no id belongs to nobody: 404.
        let user = body.user_id.0.parse().ok();
        let title = title.trim().to_owned();
        if faults.is_empty() { Ok(Self { user, title }) } else { Err(faults) }
    }
}

/// A thread.
#[derive(Serialize, ToSchema)]
pub(crate) struct ThreadShape {
    /// Which one; a chat in the other vocabulary.
    #[schema(value_type = Uuid)]
    thread_id: ChatId,
    /// Whose.
    #[schema(value_type = Uuid)]
    user_id: UserId,
    /// Empty until it is named.
    title: String,
    /// When it was made.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
}

/// Makes a thread.
#[utoipa::path(
    post, path = "/api/threads", tag = "runs", security((), ("access_token" = [])),
    request_body = ThreadBody,
    responses(
        (status = 201, body = ThreadShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    ValidJson(new): ValidJson<NewThread>,
) -> Result<(StatusCode, Json<ThreadShape>), ApiError> {
    let wanted = new.user.ok_or(ApiError::NotFound)?;
    let owner = caller.speaking_for(&app, wanted).await?;
    let at = app.now();
    count(&app, owner, Counted::Chats, at).await?;
    let id = ChatId::generate(at);
    let chat = Chat { id, owner, title: new.title, created_at: at, updated_at: at };
    app.audit(Some(owner), "chat.created", id).await?;
    app.ports.chats.create(&chat).await?;
    app.announce_chat(&chat);
    let Chat { title, .. } = chat;
    let shape = ThreadShape { thread_id: id, user_id: owner, title, created_at: at };
    Ok((StatusCode::CREATED, Json(shape)))
}
