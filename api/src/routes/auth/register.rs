//! Makes an account, and signs it in.

use std::time::Duration;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::{
    account::{Registration, Role, User},
    id::UserId,
    time::Timestamp,
};
use ports::store::{Account, AccountCreated, NewAccount};

use super::credentials::{Credentials, CredentialsBody};
use crate::{
    app::App,
    auth::{begin_session, is_reserved, meant},
    error::{ApiError, Problem},
    extract::{ClientAddress, ValidJson},
    quota::{self, Bucket, Quota},
    shapes::SessionShape,
};

/// Makes an account, and signs it in. Whether an address has an account is told by it, slowly; who does not
/// want that has accounts made by mail, or closes it (`REGISTRATION`).
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
    ValidJson(credentials): ValidJson<Credentials>,
) -> Result<Response, ApiError> {
    match app.config.registration {
        Registration::Open => {}
        Registration::Closed => return Err(ApiError::RegistrationClosed),
        Registration::ByMail => return Err(ApiError::RegistrationByMail),
    }
    // First, so that who asks too often costs no more than that.
    check_quota(&app, "registrations-from", from, app.now()).await?;
    let Credentials { email, password, .. } = &credentials;
    app.passwords.refuse_usual("/password", password, email.as_str()).await?;
    let made = make(&app, &headers, credentials).await?;
    made.ok_or(ApiError::EmailTaken)
}

/// Nobody finds out by the thousand which addresses have accounts, or makes as many.
pub(super) async fn check_quota(
    app: &App,
    name: &'static str,
    from: ClientAddress,
    at: Timestamp,
) -> Result<(), ApiError> {
    let quota = Quota { times: app.config.tries_per_minute, per: Duration::from_mins(1) };
    quota::check(app, Bucket { name, who: &from.bucket() }, quota, at).await
}

/// Makes an account, and signs it in; none if there is one that may be meant by its address.
pub(super) async fn make(
    app: &App,
    headers: &HeaderMap,
    Credentials { email, names, password }: Credentials,
) -> Result<Option<Response>, ApiError> {
    let at = app.now();
    let hash = app.passwords.hash(password).await?;
    let id = UserId::generate(at);
    let user = User { id, email, role: Role::User, disabled: false, created_at: at };
    // As an address that is taken, whether or not there is such an account yet.
    if is_reserved(app, &user.email) {
        return Ok(None);
    }
    // What is not done is not noted.
    if meant(app, &names).await?.is_some() {
        return Ok(None);
    }
    app.audit(Some(user.id), "user.registered", user.id).await?;
    let new = NewAccount { user: user.clone(), password_hash: Some(hash.clone()) };
    match app.ports.accounts.create(new).await? {
        AccountCreated::Created => {
            let account = Account { user, password_hash: Some(hash) };
            begin_session(app, headers, StatusCode::CREATED, account, at).await.map(Some)
        }
        AccountCreated::EmailTaken => Ok(None),
    }
}
