//! Signs an account in.

use std::time::Duration;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::{email::Email, time::Timestamp};
use ports::live::{Quota, Verdict};

use super::credentials::{Credentials, CredentialsBody};
use crate::{
    app::App,
    auth::begin_session,
    error::{ApiError, Problem, Wait},
    extract::ValidJson,
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
    ValidJson(Credentials { email, password }): ValidJson<Credentials>,
) -> Result<Response, ApiError> {
    let at = app.now();
    check_quota(&app, &email, at).await?;
    let account = app.ports.accounts.by_email(&email).await?;
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    let is_right = app.passwords.verify(password, hash).await?;
    let user = account.map(|account| account.user).filter(|user| is_right && !user.disabled);
    let user = user.ok_or(ApiError::WrongCredentials)?;
    begin_session(&app, &headers, StatusCode::OK, &user, app.now()).await
}

/// Per account, known or not: a stranger can slow an account's sign-in down, for a minute at most.
async fn check_quota(app: &App, email: &Email, at: Timestamp) -> Result<(), ApiError> {
    let quota = Quota { times: app.config.logins_per_minute, per: Duration::from_mins(1) };
    match app.ports.limits.check(&format!("login:{email}"), quota).await? {
        Verdict::Allowed => Ok(()),
        Verdict::RetryAfter(after) => Err(ApiError::TooMany(Wait { after, until: at + after })),
    }
}
