//! Makes a chat.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{chat::Chat, id::ChatId};

use super::title::{NewChatBody, NewTitle};
use crate::{
    app::App,
    counted::{Counted, count},
    error::{ApiError, Problem},
    extract::{CurrentUser, ValidJson},
    shapes::ChatShape,
};

/// Makes a chat.
#[utoipa::path(
    post, path = "/api/chats", tag = "chats",
    request_body = Option<NewChatBody>,
    responses(
        (status = 201, body = ChatShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    user: CurrentUser,
    ValidJson(NewTitle(title)): ValidJson<NewTitle>,
) -> Result<Response, ApiError> {
    let at = app.now();
    count(&app, user.id, Counted::Chats, at).await?;
    let id = ChatId::generate(at);
    let chat = Chat { id, owner: user.id, title, created_at: at, updated_at: at };
    app.audit(Some(user.id), "chat.created", id).await?;
    app.ports.chats.create(&chat).await?;
    app.announce_chat(&chat);
    let location = [(header::LOCATION, format!("/api/chats/{id}"))];
    Ok((StatusCode::CREATED, location, Json(ChatShape::from(chat))).into_response())
}
