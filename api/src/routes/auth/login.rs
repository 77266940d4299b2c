//! Signs an account in.

use std::{num::NonZeroU32, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::{email::Email, time::Timestamp};

use super::credentials::{Credentials, CredentialsBody};
use crate::{
    app::App,
    auth::begin_session,
    error::{ApiError, Problem},
    extract::{ClientAddress, ValidJson},
    quota::{self, Bucket, Quota},
    shapes::SessionShape,
};

/// How many times as many passwords may be tried from one address as for one account: people share
/// addresses.
const PER_ADDRESS: NonZeroU32 = NonZeroU32::new(10).expect("10 is not zero");

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
    check_quota(&app, from, &email, at).await?;
    let account = app.ports.accounts.by_email(&email).await?;
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    let is_right = app.passwords.verify(password, hash).await?;
    let account = account.filter(|account| is_right && !account.user.disabled);
    let account = account.ok_or(ApiError::WrongCredentials)?;
    app.audit(Some(account.user.id), "user.signed_in", account.user.id).await?;
    begin_session(&app, &headers, StatusCode::OK, account, app.now()).await
}

/// Per account, known or not: a stranger can slow an account's sign-in down, for a minute at most. And
/// per address, so that nobody tries one password on many accounts.
pub(super) async fn check_quota(
    app: &App,
    from: ClientAddress,
    email: &Email,
    at: Timestamp,
) -> Result<(), ApiError> {
    let (times, per) = (app.config.tries_per_minute, Duration::from_mins(1));
    let many = Quota { times: times.saturating_mul(PER_ADDRESS), per };
    let from = Bucket { name: "sign-ins-from", who: &from.bucket() };
    quota::check(app, from, many, at).await?;
    let of = Bucket { name: "sign-ins", who: email.as_str() };
    quota::check(app, of, Quota { times, per }, at).await
}
