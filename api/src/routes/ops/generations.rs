//! Anybody's generation: why it waits, and what can be done about it.

use axum::{Json, extract::State, http::StatusCode};
use domain::{
    generation::{Generation, Status},
    id::GenerationId,
};
use ports::queue::Topic;

use crate::{
    app::App,
    chores,
    error::{ApiError, Problem},
    extract::{Operator, PathId, Viewer},
    routes::generations::cancel::stop,
    shapes::{CanceledShape, ExplainedShape, KeyShape, QueueShape},
};

async fn find(app: &App, id: GenerationId) -> Result<Generation, ApiError> {
    app.ports.progress.find_any(id).await?.ok_or(ApiError::NotFound)
}

/// A generation, its provider's queue and keys: all that says why it waits. Without what was said.
#[utoipa::path(
    get, path = "/api/ops/generations/{id}", tag = "operators",
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = ExplainedShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn explain(
    State(app): State<App>,
    _viewer: Viewer,
    PathId(id): PathId<GenerationId>,
) -> Result<Json<ExplainedShape>, ApiError> {
    let generation = find(&app, id).await?;
    let provider = &generation.provider;
    let topic = Topic::Requests(provider.clone());
    let depth = app.ports.queue_operations.depth(&topic).await?;
    let keys = app.ports.keys.keys(provider).await?;
    let keys = keys.iter().map(|key| KeyShape::new(provider, key)).collect();
    Ok(Json(ExplainedShape::new(&generation, QueueShape::new(&topic, depth), keys, app.now())))
}

/// Stops a generation. What was streamed is kept. Said again it changes nothing.
#[utoipa::path(
    post, path = "/api/ops/generations/{id}/cancel", tag = "operators",
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 202, body = CanceledShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    Operator(actor): Operator,
    PathId(id): PathId<GenerationId>,
) -> Result<(StatusCode, Json<CanceledShape>), ApiError> {
    let mut generation = find(&app, id).await?;
    if !generation.state.status.is_terminal() {
        actor.audit(&app, "generation.stopped", id).await?;
        generation = stop(&app, &generation).await?;
    }
    let body = CanceledShape { generation_id: id, status: generation.state.status };
    Ok((StatusCode::ACCEPTED, Json(body)))
}

/// Tries a generation again that waits for its retry, without waiting any longer. The wait that was
/// under way ends in nothing.
#[utoipa::path(
    post, path = "/api/ops/generations/{id}/retry", tag = "operators",
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 202, body = CanceledShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn retry(
    State(app): State<App>,
    Operator(actor): Operator,
    PathId(id): PathId<GenerationId>,
) -> Result<(StatusCode, Json<CanceledShape>), ApiError> {
    let generation = find(&app, id).await?;
    let state = &generation.state;
    let at = app.now();
    if state.status != Status::Queued || state.retry_at.is_none_or(|due| due <= at) {
        return Err(ApiError::NotWaiting);
    }
    actor.audit(&app, "generation.retried", id).await?;
    chores::put_back(&app, &generation, None, at).await?;
    let body = CanceledShape { generation_id: id, status: state.status };
    Ok((StatusCode::ACCEPTED, Json(body)))
}
