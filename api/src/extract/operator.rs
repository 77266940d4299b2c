//! Who operates the service.

use axum::{extract::FromRequestParts, http::request::Parts};
use domain::{account::Role, id::UserId};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::{CurrentUser, current_user::bearer};
use crate::{app::App, audit::Deed, error::ApiError};

/// Somebody who operates the service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Actor {
    /// Who; none for whoever runs this machine.
    pub(crate) user: Option<UserId>,
    role: Role,
}

impl Actor {
    async fn of(parts: &mut Parts, app: &App, least: Role) -> Result<Self, ApiError> {
        let actor = if is_local(parts, app) {
            Self { user: None, role: Role::Admin }
        } else {
            let user = CurrentUser::from_request_parts(parts, app).await?;
            Self { user: Some(user.id), role: user.role }
        };
        if actor.role >= least { Ok(actor) } else { Err(ApiError::Forbidden(least)) }
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

/// Somebody who may change accounts.
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

impl FromRequestParts<App> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Actor::of(parts, app, Role::Admin).await.map(Self)
    }
}
