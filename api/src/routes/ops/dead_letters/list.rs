//! The dead letters.

use axum::{Json, extract::State};

use super::choice::MOST;
use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::Viewer,
    shapes::{DeadLetterShape, ListShape},
};

/// The oldest dead letters, at most 1000, without what they say: it holds prompts.
#[utoipa::path(
    get, path = "/api/ops/dead-letters", tag = "operators",
    responses(
        (status = 200, body = ListShape<DeadLetterShape>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _viewer: Viewer,
) -> Result<Json<ListShape<DeadLetterShape>>, ApiError> {
    let letters = app.ports.queue_operations.dead_letters(MOST).await?;
    Ok(Json(ListShape::whole(letters.into_iter().map(DeadLetterShape::from).collect())))
}
