//! Replaces a refresh token, and gives a new access token.

use axum::{extract::State, http::HeaderMap, response::Response};

use super::token_body::TokenBody;
use crate::{
    app::App,
    auth::continue_session,
    error::{ApiError, Problem},
    extract::ValidJson,
    shapes::SessionShape,
};

/// Replaces a refresh token, and gives a new access token. A token is good once.
#[utoipa::path(
    post, path = "/api/auth/refresh", tag = "auth", security(()),
    request_body = Option<TokenBody>,
    responses(
        (status = 200, body = SessionShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn refresh(
    State(app): State<App>,
    headers: HeaderMap,
    ValidJson(body): ValidJson<TokenBody>,
) -> Result<Response, ApiError> {
    let presented = body.presented(&headers)?.ok_or(ApiError::RefreshRefused)?;
    continue_session(&app, &headers, &presented, app.now()).await
}
