//! Who is signed in.

use axum::{Json, extract::State};

use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::CurrentUser,
    shapes::UserShape,
};

/// Who is signed in.
#[utoipa::path(
    get, path = "/api/auth/me", tag = "auth",
    responses(
        (status = 200, body = UserShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn me(
    State(app): State<App>,
    user: CurrentUser,
) -> Result<Json<UserShape>, ApiError> {
    let account = app.ports.accounts.by_id(user.id).await?.ok_or(ApiError::Unauthenticated)?;
    Ok(Json((&account.user).into()))
}
