//! Names a chat.

use axum::{Json, extract::State};
use domain::id::ChatId;
use ports::store::ChatChange;

use super::title::{RenameBody, Title};
use crate::{
    app::App,
    counted::{Counted, count},
    error::{ApiError, Problem},
    extract::{CurrentUser, PathId, ValidJson},
    shapes::ChatShape,
};

/// Names a chat.
#[utoipa::path(
    patch, path = "/api/chats/{id}", tag = "chats", params(("id" = uuid::Uuid, Path)),
    request_body = RenameBody,
    responses(
        (status = 200, body = ChatShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn rename(
    State(app): State<App>,
    user: CurrentUser,
    PathId(id): PathId<ChatId>,
    ValidJson(Title(title)): ValidJson<Title>,
) -> Result<Json<ChatShape>, ApiError> {
    let at = app.now();
    count(&app, user.id, Counted::Chats, at).await?;
    match app.ports.chats.rename(user.id, id, &title, at).await? {
        ChatChange::Changed(chat) => {
            app.announce_chat(&chat);
            Ok(Json(chat.into()))
        }
        ChatChange::NotFound => Err(ApiError::NotFound),
    }
}
