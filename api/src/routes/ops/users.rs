//! What accounts may do.

use axum::{Json, extract::State, http::StatusCode};
use domain::{
    account::{Role, User},
    email::Email,
    id::UserId,
};
use ports::store::{AccountCreated, NewAccount, Sought};
use rand::{RngExt, distr::Alphanumeric};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::meant,
    error::{ApiError, Faults, Problem},
    extract::{Admin, FromBody, Text, ValidJson},
    routes::generations::cancel::stop,
    shapes::{AddedUserShape, UserShape},
};

/// How many generations are stopped in one go.
const PAGE: u32 = 100;

/// An account, and what it may do from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct RoleBody {
    /// Whose.
    #[schema(value_type = String)]
    email: Text,
    /// `user`, `viewer`, `operator` or `admin`.
    #[schema(value_type = String)]
    role: Text,
}

/// A checked [`RoleBody`].
#[derive(Debug)]
pub(crate) struct NewRole {
    names: Vec<Email>,
    role: Role,
}

impl FromBody for NewRole {
    type Body = RoleBody;

    fn from_body(body: RoleBody) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let names = faults.take("/email", Email::meant(&body.email.0));
        let role = faults.take("/role", named(&body.role.0));
        names.zip(role).map(|(names, role)| Self { names, role }).ok_or(faults)
    }
}

/// The account that is meant by one of `names`.
async fn found(app: &App, names: &[Email]) -> Result<User, ApiError> {
    Ok(meant(app, names).await?.ok_or(ApiError::NotFound)?.user)
}

/// A role that accounts have.
fn named(role: &str) -> Result<Role, &'static str> {
    let role = Role::from_name(role).filter(|role| *role != Role::Guest);
    role.ok_or("must be user, viewer, operator or admin")
}

/// Somebody who is to have an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct AddUserBody {
    /// The name to sign in with.
    #[schema(value_type = String)]
    email: Text,
    /// `user` when absent, or `viewer`, `operator` or `admin`.
    #[schema(value_type = Option<String>)]
    role: Option<Text>,
}

/// A checked [`AddUserBody`].
#[derive(Debug)]
pub(crate) struct NewUser {
    email: Email,
    names: Vec<Email>,
    role: Role,
}

impl FromBody for NewUser {
    type Body = AddUserBody;

    fn from_body(body: AddUserBody) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let email = faults.take("/email", Email::of_new(&body.email.0));
        let role = Text::optional(body.role).map_or(Ok(Role::User), |role| named(&role));
        let role = faults.take("/role", role);
        email.zip(role).map(|((email, names), role)| Self { email, names, role }).ok_or(faults)
    }
}

/// An account, and whether it is shut out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct DisabledBody {
    /// Whose.
    #[schema(value_type = String)]
    email: Text,
    /// Whether it is.
    disabled: bool,
}

/// A checked [`DisabledBody`].
#[derive(Debug)]
pub(crate) struct ShutOut {
    names: Vec<Email>,
    disabled: bool,
}

impl FromBody for ShutOut {
    type Body = DisabledBody;

    fn from_body(body: DisabledBody) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let names = faults.take("/email", Email::meant(&body.email.0));
        names.map(|names| Self { names, disabled: body.disabled }).ok_or(faults)
    }
}

/// Shuts an account out, or lets it in again. All its sign-ins end, its keys are no good, and its answers are stopped;
/// access tokens that are out are refused by this process at once, by others within a minute.
#[utoipa::path(
    post, path = "/api/ops/users/disabled", tag = "operators",
    request_body = DisabledBody,
    responses(
        (status = 200, body = UserShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn disabled(
    State(app): State<App>,
    Admin(actor): Admin,
    ValidJson(ShutOut { names, disabled }): ValidJson<ShutOut>,
) -> Result<Json<UserShape>, ApiError> {
    let User { id, email, .. } = found(&app, &names).await?;
    let action = if disabled { "user.disabled" } else { "user.enabled" };
    actor.audit(&app, action, id).await?;
    let accounts = &app.ports.accounts;
    let changed = accounts.set_disabled(&email, disabled, app.now()).await?;
    let changed = changed.ok_or(ApiError::NotFound)?;
    app.standing.forget();
    app.sign_ins.forget();
    app.known_keys.forget();
    if disabled {
        stop_all(&app, id).await?;
    }
    Ok(Json(UserShape::from(&changed)))
}

/// Stops whatever is under way for `user`, waits for its turn, or for its retry: nobody pays for an account that is shut
/// out.
async fn stop_all(app: &App, user: UserId) -> Result<(), ApiError> {
    let sought = Sought { user: Some(user), ..Sought::default() };
    let mut after = None;
    loop {
        let page = app.ports.jobs.under_way(&sought, after, PAGE, app.now()).await?;
        // First those that would be given the turn of one that is stopped.
        let (waiting, others): (Vec<_>, Vec<_>) = page.iter().partition(|found| found.held);
        for generation in waiting.into_iter().chain(others) {
            stop(app, generation).await?;
        }
        match page.last() {
            Some(last) if page.len() == PAGE as usize => after = Some(last.id),
            _ => return Ok(()),
        }
    }
}

/// Makes an account, with a password that is told this once; whoever has it signs in and changes it.
#[utoipa::path(
    post, path = "/api/ops/users", tag = "operators",
    request_body = AddUserBody,
    responses(
        (status = 201, body = AddedUserShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn add(
    State(app): State<App>,
    Admin(actor): Admin,
    ValidJson(NewUser { email, names, role }): ValidJson<NewUser>,
) -> Result<(StatusCode, Json<AddedUserShape>), ApiError> {
    // What is not done is not noted.
    if meant(&app, &names).await?.is_some() {
        return Err(ApiError::EmailTaken);
    }
    let password = first_password();
    let hash = app.passwords.hash(password.as_str().into()).await?;
    let at = app.now();
    let user = User { id: UserId::generate(at), email, role, disabled: false, created_at: at };
    actor.audit(&app, "user.added", user.id).await?;
    let new = NewAccount { user: user.clone(), password_hash: Some(hash) };
    match app.ports.accounts.create(new).await? {
        AccountCreated::Created => {
            let user = UserShape::from(&user);
            Ok((StatusCode::CREATED, Json(AddedUserShape { user, password })))
        }
        AccountCreated::EmailTaken => Err(ApiError::EmailTaken),
    }
}

/// So many letters and digits that nobody guesses them.
fn first_password() -> String {
    rand::rng().sample_iter(Alphanumeric).take(PASSWORD_CHARS).map(char::from).collect()
}

/// How long a first password is.
const PASSWORD_CHARS: usize = 24;

/// Gives an account another role. It holds for its access tokens and keys at this process at once, at others within
/// a minute.
#[utoipa::path(
    post, path = "/api/ops/users/role", tag = "operators",
    request_body = RoleBody,
    responses(
        (status = 200, body = UserShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn role(
    State(app): State<App>,
    Admin(actor): Admin,
    ValidJson(NewRole { names, role }): ValidJson<NewRole>,
) -> Result<Json<UserShape>, ApiError> {
    let User { id, email, .. } = found(&app, &names).await?;
    actor.audit(&app, &format!("user.made_{}", role.as_str()), id).await?;
    let changed = app.ports.accounts.set_role(&email, role).await?.ok_or(ApiError::NotFound)?;
    app.standing.forget();
    app.known_keys.forget();
    Ok(Json(UserShape::from(&changed)))
}
