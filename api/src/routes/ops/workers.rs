//! The workers.

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::Number;
use utoipa::ToSchema;

use crate::{
    app::App,
    audit::Deed,
    error::{ApiError, Faults, Problem},
    extract::{Actor, FromBody, Operator, PathId, ValidJson, Viewer},
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
    PathId(worker): PathId<String>,
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
    PathId(worker): PathId<String>,
) -> Result<Json<ListShape<WorkerShape>>, ApiError> {
    change(&app, actor, &worker, false).await
}

/// How many answers a worker streams at once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScaleBody {
    /// How many; 0 for what is wanted of its pools.
    #[schema(value_type = u32, minimum = 0, maximum = 65535)]
    concurrency: Number,
}

/// A checked [`ScaleBody`].
#[derive(Debug)]
pub(crate) struct Scale(u16);

impl FromBody for Scale {
    type Body = ScaleBody;

    fn from_body(body: ScaleBody) -> Result<Self, Faults> {
        let count = body.concurrency.as_u64().and_then(|count| u16::try_from(count).ok());
        let allowed = "must be a whole number from 0 to 65535";
        count.map(Self).ok_or_else(|| Faults::one("/concurrency", allowed))
    }
}

/// Changes how many answers one worker streams at once, in each of its pools. It holds until the worker ends.
#[utoipa::path(
    post, path = "/api/ops/workers/{worker}/scale", tag = "operators",
    params(("worker" = String, Path)), request_body = ScaleBody,
    responses(
        (status = 200, body = ListShape<WorkerShape>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn scale(
    State(app): State<App>,
    Operator(actor): Operator,
    PathId(worker): PathId<String>,
    ValidJson(Scale(count)): ValidJson<Scale>,
) -> Result<Json<ListShape<WorkerShape>>, ApiError> {
    let statuses = find(&app, &worker).await?;
    let wish = (count > 0).then_some(count);
    let told = wish.map_or_else(|| "as wanted of its pools".to_owned(), |count| count.to_string());
    actor.note(&app, vec![Deed::new("worker.scaled", &worker).detailed(told)]).await?;
    app.ports.controls.scale(&worker, wish).await?;
    Ok(statuses)
}

async fn change(
    app: &App,
    actor: Actor,
    worker: &str,
    drained: bool,
) -> Result<Json<ListShape<WorkerShape>>, ApiError> {
    let statuses = find(app, worker).await?;
    let action = if drained { "worker.drained" } else { "worker.resumed" };
    actor.audit(app, action, worker).await?;
    app.ports.controls.drain(worker, drained).await?;
    Ok(statuses)
}

/// What `worker` says of itself, once for each pool.
async fn find(app: &App, worker: &str) -> Result<Json<ListShape<WorkerShape>>, ApiError> {
    let workers = app.ports.controls.workers().await?;
    let of_worker = workers.into_iter().filter(|status| status.worker == worker);
    let of_worker: Vec<_> = of_worker.map(WorkerShape::from).collect();
    if of_worker.is_empty() {
        Err(ApiError::NotFound)
    } else {
        Ok(Json(ListShape::whole(of_worker)))
    }
}
