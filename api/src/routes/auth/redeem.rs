//! Lets in by a link that was mailed.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::account::Registration;
use ports::store::Account;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    credentials::Credentials,
    register::{check_quota, make},
};
use crate::{
    app::App,
    auth::{begin_session, password_fits},
    error::{ApiError, Faults, Problem},
    extract::{ClientAddress, FromBody, Text, ValidJson},
    shapes::SessionShape,
};

/// A link, and the password to come.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RedeemBody {
    /// What the link carries behind `#/link/`.
    #[schema(value_type = String)]
    token: Text,
    /// 8 to 1024 bytes, and not among those that are tried first.
    #[schema(value_type = String, format = Password)]
    password: Text,
}

/// A checked [`RedeemBody`].
#[derive(Debug)]
pub(crate) struct Redeeming {
    token: SecretString,
    password: SecretString,
}

impl FromBody for Redeeming {
    type Body = RedeemBody;

    fn from_body(body: RedeemBody) -> Result<Self, Faults> {
        let fits = password_fits(&body.password.0);
        fits.map_err(|detail| Faults::one("/password", detail))?;
        Ok(Self { token: body.token.0.into(), password: body.password.0.into() })
    }
}

/// Lets in by a link that was mailed: chooses the password of the account, whose sign-ins all end, or makes
/// the account. Why a link is not taken is not told.
#[utoipa::path(
    post, path = "/api/auth/links/redeem", tag = "auth", security(()),
    request_body = RedeemBody,
    responses(
        (status = 200, body = SessionShape),
        (status = 201, body = SessionShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn redeem(
    State(app): State<App>,
    headers: HeaderMap,
    from: ClientAddress,
    ValidJson(Redeeming { token, password }): ValidJson<Redeeming>,
) -> Result<Response, ApiError> {
    let at = app.now();
    check_quota(&app, "redeemed-from", from, at).await?;
    let link = app.links.verify(token.expose_secret(), at).ok_or(ApiError::LinkRefused)?;
    app.passwords.refuse_usual("/password", &password, link.email.as_str()).await?;
    let account = app.ports.accounts.by_email(&link.email).await?;
    if !link.is_good(account.as_ref()) {
        return Err(ApiError::LinkRefused);
    }
    let entered = match account {
        Some(account) => choose(&app, &headers, account, password).await?,
        None if app.config.registration != Registration::ByMail => None,
        None => {
            let (email, names) = (link.email.clone(), vec![link.email]);
            make(&app, &headers, Credentials { email, names, password }).await?
        }
    };
    entered.ok_or(ApiError::LinkRefused)
}

/// Gives the account another password, and signs it in. None if it is shut out, or has had another one since
/// it was looked at: of two who use one link at the same time, one does.
async fn choose(
    app: &App,
    headers: &HeaderMap,
    account: Account,
    password: SecretString,
) -> Result<Option<Response>, ApiError> {
    let Account { user, password_hash } = account;
    if user.disabled {
        return Ok(None);
    }
    let hash = app.passwords.hash(password).await?;
    app.audit(Some(user.id), "user.password_changed", user.id).await?;
    let accounts = &app.ports.accounts;
    if !accounts.set_password(user.id, password_hash.as_ref(), &hash, app.now()).await? {
        return Ok(None);
    }
    app.sign_ins.forget();
    app.audit(Some(user.id), "user.signed_in", user.id).await?;
    let account = Account { user, password_hash: Some(hash) };
    begin_session(app, headers, StatusCode::OK, account, app.now()).await.map(Some)
}
