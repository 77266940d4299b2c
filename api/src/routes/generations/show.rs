//! One generation.

use axum::{Json, extract::State};
use domain::id::GenerationId;

use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::{CurrentUser, PathId},
    shapes::GenerationDetailShape,
};

/// One generation, with the tries at it and what each of them cost.
#[utoipa::path(
    get, path = "/api/generations/{id}", tag = "generations", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = GenerationDetailShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(app): State<App>,
    user: CurrentUser,
    PathId(id): PathId<GenerationId>,
) -> Result<Json<GenerationDetailShape>, ApiError> {
    let generation = app.ports.generations.find(user.id, id).await?.ok_or(ApiError::NotFound)?;
    let attempts = app.ports.generations.attempts(id).await?.into_iter().map(Into::into).collect();
    Ok(Json(GenerationDetailShape { generation: generation.into(), attempts }))
}
