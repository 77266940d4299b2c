//! Deletes a chat.

use axum::{extract::State, http::StatusCode};
use domain::{id::ChatId, notice::News};
use ports::store::ChatChange;

use crate::{
    app::App,
    counted::{Counted, count},
    ending,
    error::{ApiError, Problem},
    extract::{CurrentUser, PathId},
    turns,
};

/// Deletes a chat with its messages. A generation under way is stopped.
#[utoipa::path(
    delete, path = "/api/chats/{id}", tag = "chats", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 204, description = "It is gone."),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn delete(
    State(app): State<App>,
    user: CurrentUser,
    PathId(id): PathId<ChatId>,
) -> Result<StatusCode, ApiError> {
    count(&app, user.id, Counted::Chats, app.now()).await?;
    // What is not done is not noted.
    app.ports.chats.find(user.id, id).await?.ok_or(ApiError::NotFound)?;
    app.audit(Some(user.id), "chat.deleted", id).await?;
    let unfinished = app.ports.generations.unfinished_in_chat(user.id, id).await?;
    match app.ports.chats.delete(user.id, id).await? {
        ChatChange::NotFound => Err(ApiError::NotFound),
        ChatChange::Changed(_) => {
            app.tell(user.id, News::Deleted { chat_id: id });
            for generation in &unfinished {
                ending::abandon(&app, user.id, generation.id).await;
            }
            // A question in another chat may have waited for one of them.
            turns::give(&app, user.id).await;
            Ok(StatusCode::NO_CONTENT)
        }
    }
}
