//! Stops a generation.

use axum::{Json, extract::State, http::StatusCode};
use domain::{
    attempt::Outcome,
    event,
    generation::{Generation, Status},
    id::{GenerationId, MessageId},
    report::{REPORT_VERSION, Started},
};
use ports::store::{Cancellation, Stop};

use crate::{
    app::App,
    ending::{self, canceled_row, conclude_unworked},
    error::{ApiError, Problem, chain},
    extract::{CurrentUser, PathId},
    shapes::CanceledShape,
};

/// Stops a generation. What was streamed is kept. Said again it changes nothing.
#[utoipa::path(
    post, path = "/api/generations/{id}/cancel", tag = "generations",
    params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 202, body = CanceledShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    user: CurrentUser,
    PathId(id): PathId<GenerationId>,
) -> Result<(StatusCode, Json<CanceledShape>), ApiError> {
    let found = app.ports.generations.find(user.id, id).await?.ok_or(ApiError::NotFound)?;
    let generation =
        if found.state.status.is_terminal() { found } else { stop(&app, &found).await? };
    let body = CanceledShape { generation_id: id, status: generation.state.status };
    Ok((StatusCode::ACCEPTED, Json(body)))
}

/// The wish reaches the log first, so that no worker adds anything to what is archived here. It reaches
/// the store whether or not there is a live side.
pub(crate) async fn stop(app: &App, found: &Generation) -> Result<Generation, ApiError> {
    let id = found.id;
    if let Err(error) = app.ports.cancels.request(id).await {
        tracing::warn!(generation_id = %id, error = chain(&error), "only the store knows of a wish to stop");
    }
    let at = app.now();
    let rest = ending::rest_at_hand(app, id).await;
    let told = rest.events.iter().map(|entry| &entry.event);
    let attempt = event::under_way(told).filter(|_| found.state.status == Status::Queued);
    if let Some(attempt) = attempt {
        // The report of the start is on its way. Whoever began ends it, and tells what text there is.
        let started = Started { v: REPORT_VERSION, generation_id: id, attempt, at };
        app.ports.progress.started(&started).await?;
    }
    let audit = canceled_row(found, at, app.config.claim);
    let (message_id, outbox) = (MessageId::generate(at), std::slice::from_ref(&audit));
    let stop = Stop { rest: &rest, message_id, outbox };
    match app.ports.generations.cancel(found.user_id, id, stop, at).await? {
        Cancellation::Canceled(generation) => {
            app.handover.fresh(vec![audit]);
            ending::count(&generation.provider, &Outcome::Canceled);
            // The viewers are told by whoever looks at the row if this fails.
            conclude_unworked(app, &generation).await;
            Ok(*generation)
        }
        Cancellation::Requested(generation) | Cancellation::AlreadyTerminal(generation) => {
            Ok(*generation)
        }
        Cancellation::NotFound => Err(ApiError::NotFound),
    }
}
