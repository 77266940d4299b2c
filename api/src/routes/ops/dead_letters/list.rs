//! The dead letters.

use axum::{Json, extract::State};
use ports::store::Towards;

use super::page::{MOST, behind, next};
use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::{CursorParams, PageQuery, Viewer},
    shapes::{DeadLetterShape, ListShape},
};

/// The dead letters, the oldest first, 1000 on a page, without what they say: it holds prompts.
#[utoipa::path(
    get, path = "/api/ops/dead-letters", tag = "operators", params(CursorParams),
    responses(
        (status = 200, body = ListShape<DeadLetterShape>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _viewer: Viewer,
    page: PageQuery,
) -> Result<Json<ListShape<DeadLetterShape>>, ApiError> {
    let after = behind(page.only(Towards::Newer)?.after);
    let letters = app.ports.queue_operations.dead_letters_behind(after, MOST).await?;
    let next = next(&letters);
    Ok(Json(ListShape::onwards(letters.into_iter().map(DeadLetterShape::from).collect(), next)))
}
