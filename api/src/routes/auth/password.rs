//! Changes the password.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use ports::store::Account;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::{begin_session, count_own_try, password_fits},
    error::{ApiError, Faults, Problem},
    extract::{FromBody, SignedIn, Text, ValidJson},
    shapes::SessionShape,
};

/// The password that holds, and the one to come.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct PasswordBody {
    /// The one that holds; left out by an account that has none yet.
    #[schema(value_type = Option<String>, format = Password)]
    current_password: Option<Text>,
    /// 8 to 1024 bytes.
    #[schema(value_type = String, format = Password)]
    new_password: Text,
}

/// A checked [`PasswordBody`].
#[derive(Debug)]
pub(crate) struct Passwords {
    current: Option<SecretString>,
    new: SecretString,
}

impl FromBody for Passwords {
    type Body = PasswordBody;

    fn from_body(body: PasswordBody) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        faults.take("/newPassword", password_fits(&body.new_password.0));
        let current = Text::optional(body.current_password);
        if let Some(current) = &current {
            faults.take("/currentPassword", password_fits(current));
        }
        let new = SecretString::from(body.new_password.0);
        let passwords = Self { current: current.map(SecretString::from), new };
        if faults.is_empty() { Ok(passwords) } else { Err(faults) }
    }
}

/// Changes the password. All sign-ins of the account end; the answer is a new one.
#[utoipa::path(
    post, path = "/api/auth/password", tag = "auth",
    request_body = PasswordBody,
    responses(
        (status = 200, body = SessionShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    headers: HeaderMap,
    ValidJson(passwords): ValidJson<Passwords>,
) -> Result<Response, ApiError> {
    let accounts = &app.ports.accounts;
    let account = accounts.by_id(user.id).await?.ok_or(ApiError::Unauthenticated)?;
    if account.password_hash.is_some() {
        count_own_try(&app, user.pass, app.now()).await?;
        let current = passwords.current.ok_or(ApiError::WrongCredentials)?;
        if !app.passwords.verify(current, account.password_hash.clone()).await? {
            return Err(ApiError::WrongCredentials);
        }
    }
    let name = account.user.email.as_str();
    app.passwords.refuse_usual("/newPassword", &passwords.new, name).await?;
    let hash = app.passwords.hash(passwords.new).await?;
    app.audit(Some(user.id), "user.password_changed", user.id).await?;
    // Another one may have been chosen meanwhile: then this is not the one that holds.
    let was = account.password_hash.as_ref();
    if !accounts.set_password(user.id, was, &hash, app.now()).await? {
        return Err(ApiError::WrongCredentials);
    }
    app.sign_ins.forget();
    let account = Account { password_hash: Some(hash), ..account };
    begin_session(&app, &headers, StatusCode::OK, account, app.now()).await
}
