//! Who asks where people may chat without an account.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use domain::{
    account::{Guests, Role},
    id::UserId,
};

use super::{CurrentUser, current_user::ticket, host::is_called_as_this_machine};
use crate::{app::App, auth::Pass, error::ApiError};

/// Who asks where people may chat without an account.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Caller {
    /// Somebody who signed in.
    User(CurrentUser),
    /// Somebody who did not.
    Anybody,
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let shows_something =
            parts.headers.contains_key(header::AUTHORIZATION) || ticket(parts).is_some();
        let may_be_guest = match app.config.guests {
            Guests::Nobody => false,
            // A page of another site whose name leads here is not what whoever uses this machine opened.
            Guests::OnThisMachine => is_called_as_this_machine(parts),
            Guests::Anybody => true,
        };
        if shows_something || !may_be_guest {
            return CurrentUser::from_request_parts(parts, app).await.map(Self::User);
        }
        Ok(Self::Anybody)
    }
}

impl Caller {
    /// Whether the caller may make nothing.
    pub(crate) fn reads_only(self) -> bool {
        matches!(self, Self::User(CurrentUser { read_only: true, .. }))
    }

    /// What the caller was let in by to speak for `owner`, as was found out before.
    pub(crate) fn pass(self, owner: UserId) -> Pass {
        match self {
            Self::User(user) => user.pass,
            Self::Anybody => Pass::of_guest(owner),
        }
    }

    /// `owner`, if the caller may speak for them: oneself, or, without an account, any guest whose id one
    /// knows.
    pub(crate) async fn speaking_for(self, app: &App, owner: UserId) -> Result<UserId, ApiError> {
        let may = match self {
            Self::User(user) => user.id == owner,
            Self::Anybody => {
                let accounts = app.ports.accounts.as_ref();
                app.standing.of(accounts, owner, app.now()).await? == Some(Role::Guest)
            }
        };
        if may { Ok(owner) } else { Err(ApiError::NotFound) }
    }
}
