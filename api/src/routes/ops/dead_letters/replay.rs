//! Puts dead letters back where they had been.

use axum::{Json, extract::State};

use super::choice::{Choice, ChoiceBody};
use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::{Operator, ValidJson},
    shapes::CountShape,
};

/// Puts dead letters back where they had been. Answers how many there are, and how many it was done with.
#[utoipa::path(
    post, path = "/api/ops/dead-letters/replay", tag = "operators",
    request_body = ChoiceBody,
    responses(
        (status = 200, body = CountShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn replay(
    State(app): State<App>,
    Operator(actor): Operator,
    ValidJson(choice): ValidJson<Choice>,
) -> Result<Json<CountShape>, ApiError> {
    let ids = choice.ids(&app).await?;
    let matching = ids.len() as u64;
    if choice.dry_run || ids.is_empty() {
        return Ok(Json(CountShape { matching, done: 0 }));
    }
    for id in &ids {
        actor.audit(&app, "dead_letter.replayed", id).await?;
    }
    let done = app.ports.queue_operations.replay(&ids).await?;
    Ok(Json(CountShape { matching, done }))
}
