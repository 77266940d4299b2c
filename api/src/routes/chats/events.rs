//! The stream of a chat.

use axum::{extract::State, response::Response};
use domain::id::ChatId;

use crate::{
    app::App,
    edge::{self, Voice},
    error::{ApiError, Problem},
    extract::{ChatPosition, CurrentUser, PathId},
};

/// The stream of a chat: every generation in it, one after the other, on every page and device that looks.
/// Each event is that of the generation's own stream with its `generationId`. The stream goes on after
/// `done`, until the chat has nothing more for a page that closes it. Its first frame has an `id` and no
/// event: whoever loses it before an event came says that one.
#[utoipa::path(
    get, path = "/api/chats/{id}/events", tag = "chats",
    params(
        ("id" = uuid::Uuid, Path),
        ("Last-Event-ID" = Option<String>, Header, description = "The last `id` seen."),
        ("lastEventId" = Option<String>, Query, description = "The same, for the first request."),
        ("ticket" = Option<String>, Query, description = "A ticket for this stream, in the place of an access token."),
    ),
    responses(
        (status = 200, content_type = "text/event-stream", body = String),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn events(
    State(app): State<App>,
    user: CurrentUser,
    PathId(id): PathId<ChatId>,
    ChatPosition(after): ChatPosition,
) -> Result<Response, ApiError> {
    app.ports.chats.find(user.id, id).await?.ok_or(ApiError::NotFound)?;
    edge::respond_chat(&app, (user.pass, id), after, Voice::Chat).await
}
