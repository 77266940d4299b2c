//! Signs an account in.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::credentials::{Credentials, CredentialsBody};
use crate::{
    app::App,
    auth::{begin_session, count_try},
    error::{ApiError, Problem},
    extract::{ClientAddress, ValidJson},
    shapes::SessionShape,
};

/// Signs an account in.
#[utoipa::path(
    post, path = "/api/auth/login", tag = "auth", security(()),
    request_body = CredentialsBody,
    responses(
        (status = 200, body = SessionShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn login(
    State(app): State<App>,
    headers: HeaderMap,
    from: ClientAddress,
    ValidJson(Credentials { email, password }): ValidJson<Credentials>,
) -> Result<Response, ApiError> {
    let at = app.now();
    count_try(&app, &headers, from, &email, at).await?;
    let account = app.ports.accounts.by_email(&email).await?;
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    let is_right = app.passwords.verify(password, hash).await?;
    let account = account.filter(|account| is_right && !account.user.disabled);
    let account = account.ok_or(ApiError::WrongCredentials)?;
    app.audit(Some(account.user.id), "user.signed_in", account.user.id).await?;
    begin_session(&app, &headers, StatusCode::OK, account, app.now()).await
}
