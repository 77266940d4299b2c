//! What a user spent, day by day.

use axum::{Json, extract::State};

use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::{CurrentUser, From, FromParams},
    shapes::{DailyUsageShape, ListShape},
};

/// What you spent, day by day (UTC), newest first.
#[utoipa::path(
    get, path = "/api/usage/daily", tag = "usage",
    params(FromParams),
    responses(
        (status = 200, body = ListShape<DailyUsageShape>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn daily(
    State(app): State<App>,
    user: CurrentUser,
    From(from): From,
) -> Result<Json<ListShape<DailyUsageShape>>, ApiError> {
    let from = from.since(app.now());
    let days = app.ports.ledger.daily_usage(user.id, from).await?;
    Ok(Json(ListShape::whole(days.iter().map(DailyUsageShape::from).collect())))
}
