//! One dead letter.

use axum::{Json, extract::State};
use uuid::Uuid;

use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::{PathId, Viewer},
    shapes::DeadLetterDetailShape,
};

/// A dead letter with its headers and what it says, prompts left out.
#[utoipa::path(
    get, path = "/api/ops/dead-letters/{id}", tag = "operators",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = DeadLetterDetailShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(app): State<App>,
    _viewer: Viewer,
    PathId(id): PathId<Uuid>,
) -> Result<Json<DeadLetterDetailShape>, ApiError> {
    let letters = app.ports.queue_operations.dead_letters_called(&[id]).await?;
    let letter = letters.into_iter().next().ok_or(ApiError::NotFound)?;
    Ok(Json(letter.into()))
}
