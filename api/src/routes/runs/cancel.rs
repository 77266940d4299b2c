//! Stops a run.

use axum::{Json, extract::State, http::StatusCode};
use domain::id::GenerationId;
use serde::Serialize;
use utoipa::ToSchema;

use super::find;
use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::{Caller, PathId},
    routes::generations::cancel::stop,
};

/// What became of the wish to stop.
#[derive(Serialize, ToSchema)]
pub(crate) struct RunCanceledShape {
    /// Which one.
    #[schema(value_type = Uuid)]
    run_id: GenerationId,
    /// Where it is now; `streaming` while a worker is about to stop.
    status: &'static str,
}

/// Stops a run. What was streamed is kept. Said again it changes nothing.
#[utoipa::path(
    post, path = "/api/runs/{id}/cancel", tag = "runs", security((), ("access_token" = [])),
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 202, body = RunCanceledShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<GenerationId>,
) -> Result<(StatusCode, Json<RunCanceledShape>), ApiError> {
    let found = find(&app, caller, id).await?;
    let run = if found.state.status.is_terminal() { found } else { stop(&app, &found).await? };
    let shape = RunCanceledShape { run_id: id, status: run.state.status.as_str() };
    Ok((StatusCode::ACCEPTED, Json(shape)))
}
