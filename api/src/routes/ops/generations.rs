//! Anybody's generation: why it waits, and what can be done about it.

use axum::{Json, extract::State, http::StatusCode};
use domain::{
    generation::{Generation, Status},
    id::GenerationId,
};
use ports::{
    queue::Topic,
    store::{Cursor, Sought, Towards},
};

use crate::{
    app::App,
    chores,
    error::{ApiError, Problem},
    extract::{Operator, PageParams, PageQuery, PathId, SoughtParams, SoughtQuery, Viewer},
    routes::generations::cancel::stop,
    shapes::{CanceledShape, ExplainedShape, JobShape, ListShape, Standing},
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
    let standing = standing(&app, &generation).await?;
    Ok(Json(ExplainedShape::new(&generation, &standing, app.now())))
}

/// More than any user may have under way.
const MOST_OF_USER: u32 = 1000;

async fn standing(app: &App, generation: &Generation) -> Result<Standing, ApiError> {
    let provider = &generation.provider;
    let ports = &app.ports;
    let wishes = ports.pools.pools().await?;
    let wish = wishes.into_iter().find(|(name, _)| name == provider).map(|(_, wish)| wish);
    let pauses = ports.pools.pauses().await?;
    let pause = pauses.into_iter().find(|(name, _)| name == provider).map(|(_, pause)| pause);
    let of_user = if generation.held {
        let sought = Sought { user: Some(generation.user_id), ..Sought::default() };
        ports.jobs.under_way(&sought, None, MOST_OF_USER, app.now()).await?
    } else {
        Vec::new()
    };
    Ok(Standing {
        depth: ports.queue_operations.depth(&Topic::Requests(provider.clone())).await?,
        wish: wish.unwrap_or_default(),
        pause,
        workers: ports.controls.workers().await?,
        keys: ports.keys.keys(provider).await?,
        of_user,
    })
}

/// The generations that have not ended, whoever they belong to, in the order of their acceptance. Without what
/// was said.
#[utoipa::path(
    get, path = "/api/ops/generations", tag = "operators", params(PageParams, SoughtParams),
    responses(
        (status = 200, body = ListShape<JobShape>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _viewer: Viewer,
    page: PageQuery,
    SoughtQuery(sought): SoughtQuery,
) -> Result<Json<ListShape<JobShape>>, ApiError> {
    let PageQuery { after, limit } = page.only(Towards::Newer)?;
    let after = after.map(|cursor| GenerationId::from_uuid(cursor.id));
    let at = app.now();
    let mut found = app.ports.jobs.under_way(&sought, after, limit + 1, at).await?;
    let has_more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let last = found.last().filter(|_| has_more);
    let next = last.map(|last| Cursor {
        at: last.created_at,
        id: last.id.as_uuid(),
        towards: Towards::Newer,
    });
    let jobs = found.iter().filter_map(|generation| JobShape::new(generation, at)).collect();
    Ok(Json(ListShape::onwards(jobs, next)))
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
