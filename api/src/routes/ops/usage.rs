//! What all users together spent.

use axum::{Json, extract::State};

use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::{From, FromParams, Viewer},
    shapes::{ListShape, ModelUsageShape},
};

/// What all users together spent, by day (UTC) and model, newest first.
#[utoipa::path(
    get, path = "/api/ops/usage", tag = "operators",
    params(FromParams),
    responses(
        (status = 200, body = ListShape<ModelUsageShape>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _viewer: Viewer,
    From(from): From,
) -> Result<Json<ListShape<ModelUsageShape>>, ApiError> {
    let rows = app.ports.ledger.model_usage(from.since(app.now())).await?;
    Ok(Json(ListShape::whole(rows.iter().map(ModelUsageShape::from).collect())))
}
