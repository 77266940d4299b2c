//! The stream of a run.

use axum::{extract::State, response::Response};
use domain::id::GenerationId;

use super::find;
use crate::{
    app::App,
    edge,
    error::{ApiError, Problem},
    extract::{Caller, LastEventId, PathId},
};

/// The stream of a run, from its beginning or from behind `Last-Event-ID`, as server-sent events. It
/// ends after `done`; who comes back then gets 204.
#[utoipa::path(
    get, path = "/api/runs/{id}/events", tag = "runs", security((), ("access_token" = [])),
    params(
        ("id" = uuid::Uuid, Path),
        ("Last-Event-ID" = Option<u64>, Header, description = "The last event seen."),
        ("lastEventId" = Option<u64>, Query, description = "The same, for the first request."),
        ("ticket" = Option<String>, Query, description = "A ticket for this stream, in the place of an access token."),
    ),
    responses(
        (status = 200, content_type = "text/event-stream", body = String),
        (status = 204, description = "It is over, and everything was seen."),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn events(
    State(app): State<App>,
    caller: Caller,
    PathId(id): PathId<GenerationId>,
    LastEventId(after): LastEventId,
) -> Result<Response, ApiError> {
    let run = find(&app, caller, id).await?;
    let pass = caller.pass(run.user_id);
    edge::respond(&app, pass, run, after).await
}
