//! One chat.

use axum::{Json, extract::State};
use domain::id::ChatId;

use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::{CurrentUser, PathId},
    shapes::ChatDetailShape,
};

/// One chat, with the generation under way in it.
#[utoipa::path(
    get, path = "/api/chats/{id}", tag = "chats", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = ChatDetailShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(app): State<App>,
    user: CurrentUser,
    PathId(id): PathId<ChatId>,
) -> Result<Json<ChatDetailShape>, ApiError> {
    let chat = app.ports.chats.find(user.id, id).await?.ok_or(ApiError::NotFound)?;
    let active_generation_id = app.ports.generations.active(user.id, id).await?;
    Ok(Json(ChatDetailShape { chat: chat.into(), active_generation_id }))
}
