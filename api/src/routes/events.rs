//! The stream of a user.

use axum::{extract::State, response::Response};

use crate::{
    app::App,
    edge,
    error::{ApiError, Problem},
    extract::CurrentUser,
};

/// What happens to the user's chats and generations, from now on: `{"type":"generation","generationId",
/// "chatId","status"}`, `{"type":"chat","chatId","title"}`, `{"type":"deleted","chatId"}`, and
/// `{"type":"missed"}` where some was missed and a page should look for itself.
#[utoipa::path(
    get, path = "/api/events", tag = "chats",
    params(
        ("ticket" = Option<String>, Query, description = "A ticket for this stream, in the place of an access token."),
    ),
    responses(
        (status = 200, content_type = "text/event-stream", body = String),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn events(
    State(app): State<App>,
    user: CurrentUser,
) -> Result<Response, ApiError> {
    edge::respond_news(&app, user.pass).await
}
