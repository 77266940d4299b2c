//! Puts dead letters back where they had been.

use axum::{Json, extract::State};

use super::choice::{Choice, ChoiceBody, Deed};
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
    choice.apply(&app, actor, Deed::Replay).await.map(Json)
}
