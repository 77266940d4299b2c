//! How much waits where.

use axum::{Json, extract::State};
use ports::queue::Topic;

use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::Viewer,
    shapes::{ListShape, QueueShape},
};

/// The queues and how much waits in each.
#[utoipa::path(
    get, path = "/api/ops/queues", tag = "operators",
    responses(
        (status = 200, body = ListShape<QueueShape>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _viewer: Viewer,
) -> Result<Json<ListShape<QueueShape>>, ApiError> {
    let requests = app.config.catalog.providers().iter().cloned().map(Topic::Requests);
    let others = [Topic::Responses, Topic::UsageEvents, Topic::AuditEvents];
    let backlog = app.ports.progress.backlog(app.now()).await?;
    let mut items = Vec::new();
    for topic in requests.chain(others) {
        let depth = app.ports.queue_operations.depth(&topic).await?;
        items.push(QueueShape::new(&topic, depth).with(&topic, &backlog));
    }
    Ok(Json(ListShape::whole(items)))
}
