//! Makes an account, and signs it in.

use std::time::Duration;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::{
    account::{Registration, Role, User},
    email::Email,
    id::UserId,
};
use ports::store::{AccountCreated, NewAccount};
use secrecy::ExposeSecret;

use super::credentials::{Credentials, CredentialsBody};
use crate::{
    app::App,
    auth::{begin_session, new_password_fits},
    error::{ApiError, Problem},
    extract::{ClientAddress, ValidJson},
    guests,
    quota::{self, Bucket, Quota},
    shapes::SessionShape,
};

/// Makes an account, and signs it in. Whether an address has an account is told by it, slowly; who does not
/// want that closes it (`REGISTRATION`).
#[utoipa::path(
    post, path = "/api/auth/register", tag = "auth", security(()),
    request_body = CredentialsBody,
    responses(
        (status = 201, body = SessionShape),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn register(
    State(app): State<App>,
    headers: HeaderMap,
    from: ClientAddress,
    ValidJson(Credentials { email, password }): ValidJson<Credentials>,
) -> Result<Response, ApiError> {
    if app.config.registration == Registration::Closed {
        return Err(ApiError::RegistrationClosed);
    }
    let fits = new_password_fits(password.expose_secret(), email.as_str());
    fits.map_err(|detail| ApiError::invalid("/password", detail))?;
    let at = app.now();
    // Nobody finds out by the thousand which addresses have accounts, or makes as many.
    let quota = Quota { times: app.config.tries_per_minute, per: Duration::from_mins(1) };
    let bucket = Bucket { name: "registrations-from", who: &from.bucket() };
    quota::check(&app, bucket, quota, at).await?;
    let hash = app.passwords.hash(password).await?;
    let id = UserId::generate(at);
    let user = User { id, email, role: Role::User, disabled: false, created_at: at };
    // As an address that is taken, whether or not there is such an account yet.
    if is_reserved(&app, &user.email) {
        return Err(ApiError::EmailTaken);
    }
    // What is not done is not noted.
    if app.ports.accounts.by_email(&user.email).await?.is_some() {
        return Err(ApiError::EmailTaken);
    }
    app.audit(Some(user.id), "user.registered", user.id).await?;
    let new = NewAccount { user: user.clone(), password_hash: Some(hash) };
    match app.ports.accounts.create(new).await? {
        AccountCreated::Created => {
            begin_session(&app, &headers, StatusCode::CREATED, &user, at).await
        }
        AccountCreated::EmailTaken => Err(ApiError::EmailTaken),
    }
}

/// Whether nobody makes an account with this address: a guest's, or the one that the one-time link signs in.
fn is_reserved(app: &App, email: &Email) -> bool {
    guests::is_address(email) || app.welcome.as_ref().is_some_and(|gate| gate.is_for(email))
}
