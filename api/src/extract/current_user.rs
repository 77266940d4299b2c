//! Who asks.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use domain::{account::Role, id::UserId};

use crate::{app::App, error::ApiError};

/// The user whose access token came with the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CurrentUser {
    /// Who.
    pub(crate) id: UserId,
    /// What they may do.
    pub(crate) role: Role,
}

impl FromRequestParts<App> for CurrentUser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let at = app.now();
        let token = bearer(parts).ok_or(ApiError::Unauthenticated)?;
        let (id, _) = app.access.verify(token, at).ok_or(ApiError::Unauthenticated)?;
        let role = app.standing.of(app.ports.accounts.as_ref(), id, at).await?;
        Ok(Self { id, role: role.ok_or(ApiError::Unauthenticated)? })
    }
}

pub(super) fn bearer(parts: &Parts) -> Option<&str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
