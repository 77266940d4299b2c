//! Who operates the service.

use axum::{extract::FromRequestParts, http::request::Parts};
use domain::{account::Role, id::UserId};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::{CurrentUser, SignedIn, current_user::bearer};
use crate::{app::App, audit::Deed, error::ApiError};

/// Somebody who operates the service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Actor {
    /// Who; none for whoever runs this machine.
    pub(crate) user: Option<UserId>,
}

impl Actor {
    const LOCAL: Self = Self { user: None };

    /// Whoever may do what `least` may, signed in or by an API key.
    async fn of(parts: &mut Parts, app: &App, least: Role) -> Result<Self, ApiError> {
        if is_local(parts, app) {
            return Ok(Self::LOCAL);
        }
        Self::with(CurrentUser::from_request_parts(parts, app).await?, least)
    }

    /// The same, signed in.
    async fn signed_in(parts: &mut Parts, app: &App, least: Role) -> Result<Self, ApiError> {
        if is_local(parts, app) {
            return Ok(Self::LOCAL);
        }
        let SignedIn(user) = SignedIn::from_request_parts(parts, app).await?;
        Self::with(user, least)
    }

    fn with(user: CurrentUser, least: Role) -> Result<Self, ApiError> {
        let CurrentUser { id, role, .. } = user;
        if role < least {
            return Err(ApiError::Forbidden(least));
        }
        Ok(Self { user: Some(id) })
    }

    /// Notes in the audit book what is about to be done, before it is done: what cannot be noted is
    /// not done.
    pub(crate) async fn audit(
        &self,
        app: &App,
        action: &str,
        subject: impl ToString,
    ) -> Result<(), ApiError> {
        app.audit(self.user, action, subject).await
    }

    /// The same for all that is done at once, in one transaction.
    pub(crate) async fn note(&self, app: &App, deeds: Vec<Deed>) -> Result<(), ApiError> {
        app.note(self.user, deeds).await
    }
}

/// Whether the request carries the token of this machine.
fn is_local(parts: &Parts, app: &App) -> bool {
    let (Some(ours), Some(theirs)) = (&app.config.operator_token, bearer(parts)) else {
        return false;
    };
    ours.expose_secret().as_bytes().ct_eq(theirs.as_bytes()).into()
}

/// Somebody who may look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Viewer;

/// Somebody who may change pools, keys and queues.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operator(pub(crate) Actor);

/// Somebody who may read what people did.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Auditor;

/// Somebody who may change accounts: not a program with a key, nor the holder of a token that was given for somebody, or
/// what was done with one would outlive its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Admin(pub(crate) Actor);

impl FromRequestParts<App> for Viewer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Actor::of(parts, app, Role::Viewer).await.map(|_| Self)
    }
}

impl FromRequestParts<App> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Actor::of(parts, app, Role::Operator).await.map(Self)
    }
}

impl FromRequestParts<App> for Auditor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Actor::of(parts, app, Role::Admin).await.map(|_| Self)
    }
}

impl FromRequestParts<App> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Actor::signed_in(parts, app, Role::Admin).await.map(Self)
    }
}
