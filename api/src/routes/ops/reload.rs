//! New settings without a restart.

use axum::{extract::State, http::StatusCode};

use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::Operator,
};

/// Has every worker read its keys and limits again. Answers under way go on. What is wrong with the new
/// settings is told in the workers' logs, and the old ones hold.
#[utoipa::path(
    post, path = "/api/ops/reload", tag = "operators",
    responses(
        (status = 202, description = "Every worker follows within a second."),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn reload(
    State(app): State<App>,
    Operator(actor): Operator,
) -> Result<StatusCode, ApiError> {
    actor.audit(&app, "settings.reloaded", "workers").await?;
    app.ports.controls.ask_reload().await?;
    Ok(StatusCode::ACCEPTED)
}
