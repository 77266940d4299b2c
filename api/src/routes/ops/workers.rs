//! The workers.

use axum::{
    Json,
    extract::{Path, State},
};

use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::{Actor, Operator, Viewer},
    shapes::{ListShape, WorkerShape},
};

/// The workers that said something in the last ten seconds, once for each pool.
#[utoipa::path(
    get, path = "/api/ops/workers", tag = "operators",
    responses(
        (status = 200, body = ListShape<WorkerShape>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _viewer: Viewer,
) -> Result<Json<ListShape<WorkerShape>>, ApiError> {
    let workers = app.ports.controls.workers().await?;
    Ok(Json(ListShape::whole(workers.into_iter().map(WorkerShape::from).collect())))
}

/// Asks a worker to take no more jobs; answers under way go on.
#[utoipa::path(
    post, path = "/api/ops/workers/{worker}/drain", tag = "operators",
    params(("worker" = String, Path)),
    responses(
        (status = 200, body = ListShape<WorkerShape>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn drain(
    State(app): State<App>,
    Operator(actor): Operator,
    Path(worker): Path<String>,
) -> Result<Json<ListShape<WorkerShape>>, ApiError> {
    change(&app, actor, &worker, true).await
}

/// Lets a worker that was drained take jobs again.
#[utoipa::path(
    post, path = "/api/ops/workers/{worker}/resume", tag = "operators",
    params(("worker" = String, Path)),
    responses(
        (status = 200, body = ListShape<WorkerShape>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn resume(
    State(app): State<App>,
    Operator(actor): Operator,
    Path(worker): Path<String>,
) -> Result<Json<ListShape<WorkerShape>>, ApiError> {
    change(&app, actor, &worker, false).await
}

async fn change(
    app: &App,
    actor: Actor,
    worker: &str,
    drained: bool,
) -> Result<Json<ListShape<WorkerShape>>, ApiError> {
    let workers = app.ports.controls.workers().await?;
    let of_worker: Vec<_> = workers.into_iter().filter(|status| status.worker == worker).collect();
    if of_worker.is_empty() {
        return Err(ApiError::NotFound);
    }
    let action = if drained { "worker.drained" } else { "worker.resumed" };
    actor.audit(app, action, worker).await?;
    app.ports.controls.drain(worker, drained).await?;
    Ok(Json(ListShape::whole(of_worker.into_iter().map(WorkerShape::from).collect())))
}
