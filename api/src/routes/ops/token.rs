//! A token that speaks for somebody, for whoever looks after the installation.

use axum::{Json, extract::State};
use domain::{email::Email, id::UserId, time::Timestamp};
use ports::store::Account;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::App,
    auth::{brief_session, meant},
    error::{ApiError, Faults, Problem},
    extract::{Actor, Admin, FromBody, Text, ValidJson},
    routes::auth::welcome,
    shapes::TokenShape,
};

/// Whom a token is to speak for: one of both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct WhomBody {
    /// By the name to sign in with.
    #[schema(value_type = Option<String>)]
    email: Option<Text>,
    /// By the id of the account.
    user_id: Option<Uuid>,
}

/// A checked [`WhomBody`].
#[derive(Debug)]
pub(crate) enum Whom {
    Called(Vec<Email>),
    Of(UserId),
}

impl FromBody for Whom {
    type Body = WhomBody;

    fn from_body(body: WhomBody) -> Result<Self, Faults> {
        match (body.email, body.user_id) {
            (Some(Text(email)), None) => {
                let mut faults = Faults::default();
                let names = faults.take("/email", Email::meant(&email));
                names.map(Self::Called).ok_or(faults)
            }
            (None, Some(id)) => Ok(Self::Of(UserId::from_uuid(id))),
            _ => Err(Faults::one("", "must have one of email and userId")),
        }
    }
}

/// Gives an access token that speaks for somebody until it ends, and nothing to renew it with. Nobody gets one that
/// speaks for an account that is shut out.
#[utoipa::path(
    post, path = "/api/ops/users/token", tag = "operators",
    request_body = WhomBody,
    responses(
        (status = 200, body = TokenShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn give(
    State(app): State<App>,
    Admin(actor): Admin,
    ValidJson(whom): ValidJson<Whom>,
) -> Result<Json<TokenShape>, ApiError> {
    let at = app.now();
    let account = found(&app, actor, &whom, at).await?.ok_or(ApiError::NotFound)?;
    if account.user.disabled {
        return Err(shut_out());
    }
    actor.audit(&app, "user.token_given", account.user.id).await?;
    let token = brief_session(&app, account, at).await?;
    // It was shut out just now.
    token.map(Json).ok_or_else(shut_out)
}

fn shut_out() -> ApiError {
    ApiError::invalid("", "the account is shut out; let it in again first")
}

async fn found(
    app: &App,
    actor: Actor,
    whom: &Whom,
    at: Timestamp,
) -> Result<Option<Account>, ApiError> {
    let accounts = &app.ports.accounts;
    let names = match whom {
        Whom::Of(id) => return Ok(accounts.by_id(*id).await?),
        Whom::Called(names) => names,
    };
    if let Some(account) = meant(app, names).await? {
        return Ok(Some(account));
    }
    // Whoever runs this machine could open the one-time link as well, which makes this account.
    let gate = app.welcome.as_ref().filter(|_| actor.user.is_none());
    match names.iter().find(|name| gate.is_some_and(|gate| gate.is_for(name))) {
        Some(email) => welcome::made(app, email, at).await,
        None => Ok(None),
    }
}
