//! Signs an account in.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::id::UserId;
use secrecy::SecretString;

use super::credentials::{CredentialsBody, SignIn};
use crate::{
    app::App,
    auth::{begin_session, count_try, is_weak, meant},
    error::{ApiError, Problem},
    extract::{ClientAddress, ValidJson},
    shapes::SessionShape,
};

/// Signs an account in.
#[utoipa::path(
    post, path = "/api/auth/login", tag = "auth", security(()),
    request_body = CredentialsBody,
    responses(
        (status = 200, body = SessionShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn login(
    State(app): State<App>,
    headers: HeaderMap,
    from: ClientAddress,
    ValidJson(sign_in): ValidJson<SignIn>,
) -> Result<Response, ApiError> {
    count_try(&app, &headers, from, &sign_in.names, app.now()).await?;
    if let Some(entered) = enter(&app, &headers, &sign_in).await? {
        return Ok(entered);
    }
    // It was changed meanwhile: perhaps only its hash, by another sign-in of the same user.
    enter(&app, &headers, &sign_in).await?.ok_or(ApiError::WrongCredentials)
}

/// Signs in; none if the account was changed after it was looked at.
async fn enter(
    app: &App,
    headers: &HeaderMap,
    SignIn { names, password }: &SignIn,
) -> Result<Option<Response>, ApiError> {
    let account = meant(app, names).await?;
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    let is_right = app.passwords.verify(password.clone(), hash.clone()).await?;
    let account = account.filter(|account| is_right && !account.user.disabled);
    let account = account.ok_or(ApiError::WrongCredentials)?;
    let id = account.user.id;
    app.audit(Some(id), "user.signed_in", id).await?;
    match begin_session(app, headers, StatusCode::OK, account, app.now()).await {
        Err(ApiError::WrongCredentials) => Ok(None),
        entered => {
            let entered = entered?;
            strengthen(app, id, password, hash).await;
            Ok(Some(entered))
        }
    }
}

/// Keeps the password by a hash as they are made today, if it is kept by one that costs less to try. Its user has
/// signed in, whatever comes of it.
async fn strengthen(app: &App, id: UserId, password: &SecretString, hash: Option<SecretString>) {
    let Some(weak) = hash.filter(is_weak) else { return };
    let kept = async {
        let hash = app.passwords.rehash(password.clone(), weak.clone()).await?;
        app.ports.accounts.rehash(id, &weak, &hash).await.map_err(ApiError::from)
    };
    match kept.await {
        Ok(is_kept) => tracing::info!(user_id = %id, is_kept, "a password was hashed anew"),
        Err(error) => tracing::warn!(user_id = %id, ?error, "a password was not hashed anew"),
    }
}
