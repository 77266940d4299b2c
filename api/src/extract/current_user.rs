//! Who asks.

use axum::{
    extract::{FromRequestParts, Query},
    http::{Method, header, request::Parts},
};
use domain::{account::Role, id::UserId};
use serde::Deserialize;

use super::stream_name;
use crate::{
    app::App,
    auth::{ApiKeySecret, HangsOn, Pass},
    error::ApiError,
};

/// The user whose access token, API key or ticket came with the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CurrentUser {
    /// Who.
    pub(crate) id: UserId,
    /// What they may do.
    pub(crate) role: Role,
    /// What they were let in by.
    pub(crate) pass: Pass,
    /// Whether that lets them read only. Routes that read never ask; one that makes what it finds missing does.
    pub(crate) read_only: bool,
}

/// The user, signed in: not a program with a key, not the holder of a ticket, nor of a token that was given for
/// somebody else. What they make would outlive what they were let in by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignedIn(pub(crate) CurrentUser);

impl FromRequestParts<App> for CurrentUser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Some(token) = bearer(parts) else { return by_ticket(parts, app).await };
        match ApiKeySecret::presented(token) {
            Some(key) => by_key(&key, parts, app).await,
            None => by_token(token, app).await,
        }
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = bearer(parts).ok_or(ApiError::Unauthenticated)?;
        match ApiKeySecret::presented(token) {
            Some(key) => by_key(&key, parts, app).await.and(Err(ApiError::NotForKeys)),
            None => match by_token(token, app).await? {
                user if matches!(user.pass.hangs_on, HangsOn::Brief(_)) => {
                    Err(ApiError::NotForKeys)
                }
                user => Ok(Self(user)),
            },
        }
    }
}

async fn by_token(token: &str, app: &App) -> Result<CurrentUser, ApiError> {
    let pass = app.access.verify(token, app.now()).ok_or(ApiError::Unauthenticated)?;
    by_pass(pass, app).await
}

async fn by_pass(pass: Pass, app: &App) -> Result<CurrentUser, ApiError> {
    let role = pass.role(app, app.now()).await?.ok_or(ApiError::Unauthenticated)?;
    Ok(CurrentUser { id: pass.user, role, pass, read_only: false })
}

async fn by_key(key: &ApiKeySecret, parts: &Parts, app: &App) -> Result<CurrentUser, ApiError> {
    let keys = app.ports.api_keys.as_ref();
    let hash = key.hash();
    let holder = app.known_keys.holder(keys, hash, app.now()).await?;
    let holder = holder.ok_or(ApiError::Unauthenticated)?;
    if holder.read_only && parts.method != Method::GET && parts.method != Method::HEAD {
        return Err(ApiError::ReadOnlyKey);
    }
    let pass = Pass { user: holder.user, hangs_on: HangsOn::Key(hash), ends: None };
    Ok(CurrentUser { id: holder.user, role: holder.role, pass, read_only: holder.read_only })
}

#[derive(Deserialize)]
struct Params {
    ticket: Option<String>,
}

/// Only streams are opened by tickets.
async fn by_ticket(parts: &Parts, app: &App) -> Result<CurrentUser, ApiError> {
    let stream = stream_name(&parts.uri).filter(|_| parts.method == Method::GET);
    let (Some(stream), Some(ticket)) = (stream, ticket(parts)) else {
        return Err(ApiError::Unauthenticated);
    };
    let limits = app.ports.limits.as_ref();
    let pass = app.tickets.redeem(limits, &ticket, &stream, app.now()).await?;
    by_pass(pass.ok_or(ApiError::Unauthenticated)?, app).await
}

pub(super) fn ticket(parts: &Parts) -> Option<String> {
    let Query(params) = Query::<Params>::try_from_uri(&parts.uri).ok()?;
    params.ticket
}

pub(super) fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
