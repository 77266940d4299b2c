//! Signs in with the one-time link printed at start.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::{
    account::{Role, User},
    email::Email,
    id::UserId,
    time::Timestamp,
};
use ports::store::{Account, NewAccount};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::{WelcomeGate, begin_session},
    error::{ApiError, Faults, Problem},
    extract::{FromBody, Text, ValidJson},
    shapes::SessionShape,
};

/// The one-time token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WelcomeBody {
    /// What the link carries behind its `#`.
    #[schema(value_type = String)]
    token: Text,
}

impl FromBody for WelcomeBody {
    type Body = Self;

    fn from_body(body: Self) -> Result<Self, Faults> {
        Ok(body)
    }
}

/// Signs in with the one-time link printed at start, as an admin.
#[utoipa::path(
    post, path = "/api/auth/welcome", tag = "auth", security(()),
    request_body = WelcomeBody,
    responses(
        (status = 200, body = SessionShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn welcome(
    State(app): State<App>,
    headers: HeaderMap,
    ValidJson(body): ValidJson<WelcomeBody>,
) -> Result<Response, ApiError> {
    let gate = app.welcome.as_ref().ok_or(ApiError::WelcomeRefused)?;
    let email = gate.open(&body.token.0).ok_or(ApiError::WelcomeRefused)?;
    let entered = enter(&app, &headers, email).await;
    if matches!(entered, Err(ApiError::Unavailable(_))) {
        WelcomeGate::reopen(gate);
    }
    entered
}

async fn enter(app: &App, headers: &HeaderMap, email: &Email) -> Result<Response, ApiError> {
    let at = app.now();
    let account = made(app, email, at).await?.filter(|account| !account.user.disabled);
    let account = account.filter(is_ours).ok_or(ApiError::WelcomeRefused)?;
    app.audit(Some(account.user.id), "user.signed_in", account.user.id).await?;
    begin_session(app, headers, StatusCode::OK, account, at).await
}

/// The account that the link signs in, made if it is not there yet.
pub(crate) async fn made(
    app: &App,
    email: &Email,
    at: Timestamp,
) -> Result<Option<Account>, ApiError> {
    let id = UserId::generate(at);
    let role = Role::Admin;
    let user = User { id, email: email.clone(), role, disabled: false, created_at: at };
    // An account that is there already keeps everything it has.
    app.ports.accounts.create(NewAccount { user, password_hash: None }).await?;
    Ok(app.ports.accounts.by_email(email).await?)
}

/// Whether the link may sign in whoever has `account`: one with a password that is no admin's was made
/// by somebody else, who would see what is said in it.
fn is_ours(account: &Account) -> bool {
    let is_ours = account.user.role == Role::Admin || account.password_hash.is_none();
    if !is_ours {
        let user_id = account.user.id;
        tracing::warn!(%user_id, "the address of the one-time link has the account of somebody else");
    }
    is_ours
}
