//! Replaces a refresh token, and gives a new access token.

use std::{num::NonZeroU32, time::Duration};

use axum::{extract::State, http::HeaderMap, response::Response};
use domain::{id::FamilyId, time::Timestamp};
use tokio::time::timeout;

use super::token_body::TokenBody;
use crate::{
    app::App,
    auth::continue_session,
    error::{ApiError, Problem},
    extract::{ClientAddress, ValidJson},
    quota::{self, Bucket, Quota},
    shapes::SessionShape,
};

/// How many times as many refreshes as sign-ins of one account come from one address: a whole office, whose pages
/// refresh every quarter of an hour.
const PER_ADDRESS: NonZeroU32 = NonZeroU32::new(100).expect("100 is not zero");

/// The same of one sign-in: all the tabs of a browser that is opened again.
const PER_SIGN_IN: NonZeroU32 = NonZeroU32::new(10).expect("10 is not zero");

/// Replaces a refresh token, and gives a new access token. A token is good once.
#[utoipa::path(
    post, path = "/api/auth/refresh", tag = "auth", security(()),
    request_body = Option<TokenBody>,
    responses(
        (status = 200, body = SessionShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn refresh(
    State(app): State<App>,
    headers: HeaderMap,
    from: ClientAddress,
    ValidJson(body): ValidJson<TokenBody>,
) -> Result<Response, ApiError> {
    let presented = body.presented(&app, &headers)?.ok_or(ApiError::RefreshRefused)?;
    let at = app.now();
    let refreshing = async {
        count_token(&app, "refreshes-from", &from, at).await?;
        count_sign_in(&app, app.refresh.presented(&presented).family, at).await?;
        continue_session(&app, &headers, &presented, at).await
    };
    let late = |_| ApiError::Unavailable("a refresh took too long".into());
    timeout(app.config.refresh_time, refreshing).await.map_err(late)?
}

/// Counts a token of a sign-in, from wherever it came: each is noted, and so are those that were used.
async fn count_sign_in(app: &App, family: Option<FamilyId>, at: Timestamp) -> Result<(), ApiError> {
    let Some(family) = family else { return Ok(()) };
    let times = app.config.tries_per_minute.saturating_mul(PER_SIGN_IN);
    let quota = Quota { times, per: Duration::from_mins(1) };
    quota::check(app, Bucket { name: "refreshes", who: &family.to_string() }, quota, at).await
}

/// Counts a token that came `from` somewhere in the bucket called `name`: whoever guesses costs the store nothing beyond
/// that.
pub(super) async fn count_token(
    app: &App,
    name: &'static str,
    from: &ClientAddress,
    at: Timestamp,
) -> Result<(), ApiError> {
    let times = app.config.tries_per_minute.saturating_mul(PER_ADDRESS);
    let quota = Quota { times, per: Duration::from_mins(1) };
    quota::check(app, Bucket { name, who: &from.bucket() }, quota, at).await
}
