//! The chats of a user.

use axum::{Json, extract::State};

use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::{CurrentUser, PageParams, PageQuery},
    shapes::{ChatShape, ListShape},
};

/// The chats of a user, the latest changed first.
#[utoipa::path(
    get, path = "/api/chats", tag = "chats", params(PageParams),
    responses(
        (status = 200, body = ListShape<ChatShape>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    user: CurrentUser,
    page: PageQuery,
) -> Result<Json<ListShape<ChatShape>>, ApiError> {
    let chats = app.ports.chats.list(user.id, page.after, page.limit).await?;
    Ok(Json(chats.into()))
}
