//! The messages of a chat.

use axum::{Json, extract::State};
use domain::{chat::Speaker, id::ChatId};

use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::{CurrentUser, PageParams, PageQuery, PathId},
    shapes::{ListShape, MessageShape},
};

/// The messages of a chat, newest first. A page ends, before its `limit`, with the message with which it has 1 MiB
/// of text; its cursors go on right there.
#[utoipa::path(
    get, path = "/api/chats/{id}/messages", tag = "messages",
    params(("id" = uuid::Uuid, Path), PageParams),
    responses(
        (status = 200, body = ListShape<MessageShape>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    user: CurrentUser,
    PathId(chat): PathId<ChatId>,
    page: PageQuery,
) -> Result<Json<ListShape<MessageShape>>, ApiError> {
    let messages = app.ports.chats.messages(user.id, chat, page.after, page.limit).await?;
    let mut messages = messages.ok_or(ApiError::NotFound)?;
    // An answer that failed without a text is no message: whoever reloads, without a cursor, finds it by its
    // question.
    let newest = messages.items.first_mut().map(|shown| &mut shown.message).filter(|newest| {
        page.after.is_none() && newest.role == Speaker::User && newest.generation_id.is_none()
    });
    if let Some(question) = newest {
        let generations = &app.ports.generations;
        question.generation_id = generations.asked_with(user.id, chat, question.id).await?;
    }
    Ok(Json(messages.into()))
}
