//! Signing in, and staying signed in.

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderMap, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use domain::{
    account::User,
    id::{EventId, FamilyId},
    time::Timestamp,
};
use ports::store::{Account, NewRefreshToken, Refresh, RefreshRotation};

use super::{
    Device, RefreshToken,
    cookie::{device_cookie, keep_cookie},
    tries::known_device,
};
use crate::{
    app::App,
    error::ApiError,
    shapes::{SessionShape, TokenShape},
};

/// How long after its replacement a refresh token may be presented again: two tabs, one lost answer. It begins when the
/// token arrives: a page that waits asks once more after three seconds, and begins no try later than eight.
const TOLERANCE: Duration = Duration::from_secs(10);

/// Signs in whoever was let into `account`, unless it was shut out or has had another password since. The device
/// is known from then on.
pub(crate) async fn begin_session(
    app: &App,
    headers: &HeaderMap,
    status: StatusCode,
    account: Account,
    at: Timestamp,
) -> Result<Response, ApiError> {
    let known = known_device(app, headers, &account.user.email, at);
    let known = known.filter(|known| known.is_of(&account));
    let device = known.map_or_else(Device::new, |known| known.device);
    let known = device_cookie(app, headers, &app.devices.token(device, &account, at));
    let Account { user, password_hash } = account;
    let family = FamilyId::generate(at);
    let refresh = app.refresh.first(family);
    let token = NewRefreshToken {
        hash: refresh.hash(),
        family,
        user_id: user.id,
        expires_at: at + app.config.refresh_ttl,
        password_hash,
    };
    let asking = app.sign_ins.ask();
    if !app.ports.accounts.grant_refresh(token, at).await? {
        return Err(ApiError::WrongCredentials);
    }
    app.sign_ins.remember(asking, family, at);
    tracing::info!(user_id = %user.id, "signed in");
    let session = session(app, headers, status, (&user, family, &refresh), at);
    Ok((AppendHeaders([(header::SET_COOKIE, known)]), session).into_response())
}

/// A sign-in that ends with its first access token; none if the account was shut out, or has had another password since.
pub(crate) async fn brief_session(
    app: &App,
    account: Account,
    at: Timestamp,
) -> Result<Option<TokenShape>, ApiError> {
    let Account { user, password_hash } = account;
    let family = FamilyId::generate(at);
    let token = NewRefreshToken {
        // Nobody has it.
        hash: app.refresh.first(family).hash(),
        family,
        user_id: user.id,
        expires_at: at + app.config.access_ttl,
        password_hash,
    };
    let asking = app.sign_ins.ask();
    if !app.ports.accounts.grant_refresh(token, at).await? {
        return Ok(None);
    }
    app.sign_ins.remember(asking, family, at);
    let access_token = app.access.issue_brief(&user, family, at);
    Ok(Some(TokenShape { user: (&user).into(), access_token, expires_in: app.access.seconds() }))
}

/// Replaces the refresh token `presented`, and gives a new access token.
pub(crate) async fn continue_session(
    app: &App,
    headers: &HeaderMap,
    presented: &RefreshToken,
    at: Timestamp,
) -> Result<Response, ApiError> {
    let successors = app.refresh.successors(presented);
    let refresh = Refresh {
        presented: app.refresh.presented(presented),
        successor: successors.made.hash(),
        former: successors.former.as_ref().map(RefreshToken::hash),
        tolerance: TOLERANCE,
        noted_as: EventId::of_deed(at),
    };
    let asking = app.sign_ins.ask();
    match app.ports.accounts.rotate_refresh(refresh, at).await? {
        RefreshRotation::Rotated { user, family, by } => {
            app.sign_ins.remember(asking, family, at);
            let kept = successors.kept(by);
            Ok(session(app, headers, StatusCode::OK, (&user, family, &kept), at))
        }
        RefreshRotation::Reused(user_id) => {
            app.sign_ins.forget();
            tracing::warn!(%user_id, "a refresh token was used twice; the sign-in is revoked");
            Err(ApiError::RefreshRefused)
        }
        RefreshRotation::Invalid => Err(ApiError::RefreshRefused),
    }
}

fn session(
    app: &App,
    headers: &HeaderMap,
    status: StatusCode,
    (user, family, refresh): (&User, FamilyId, &RefreshToken),
    at: Timestamp,
) -> Response {
    let cookie = keep_cookie(app, headers, refresh);
    let body = SessionShape {
        user: user.into(),
        access_token: app.access.issue(user, family, at),
        refresh_token: refresh.expose().to_owned(),
        expires_in: app.access.seconds(),
    };
    (status, [(header::SET_COOKIE, cookie)], Json(body)).into_response()
}
