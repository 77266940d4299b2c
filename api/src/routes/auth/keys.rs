//! Keys with which programs speak for a user.

use axum::{Json, extract::State, http::StatusCode};
use chrono::Days;
use domain::id::ApiKeyId;
use ports::store::{ApiKey, ApiKeyAdded};
use serde::Deserialize;
use serde_json::Number;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::ApiKeySecret,
    counted::{Counted, count},
    error::{ApiError, Faults, Problem},
    extract::{FromBody, PathId, SignedIn, Text, ValidJson},
    shapes::{ApiKeyShape, ListShape, NewApiKeyShape},
};

const MAX_NAME_CHARS: usize = 100;
/// Ten years.
const MAX_DAYS: u64 = 3650;
/// So many keys an account may have.
const MAX_KEYS: u32 = 50;

/// A key to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct KeyBody {
    /// What to call it; 1 to 100 characters.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    name: Text,
    /// Whether it may only read; false when absent.
    #[serde(default)]
    read_only: bool,
    /// After how many days it ends; never when absent.
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 3650)]
    days: Option<Number>,
}

/// A checked [`KeyBody`].
#[derive(Debug)]
pub(crate) struct NewKey {
    name: String,
    read_only: bool,
    days: Option<u64>,
}

impl FromBody for NewKey {
    type Body = KeyBody;

    fn from_body(body: KeyBody) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let name = body.name.0.trim().to_owned();
        if !(1..=MAX_NAME_CHARS).contains(&name.chars().count()) {
            faults.add("/name", format!("must be 1 to {MAX_NAME_CHARS} characters long"));
        }
        let days = body.days.map(|number| {
            let days = number.as_u64().filter(|days| (1..=MAX_DAYS).contains(days));
            faults.take("/days", days.ok_or(format!("must be a whole number from 1 to {MAX_DAYS}")))
        });
        let key = Self { name, read_only: body.read_only, days: days.flatten() };
        if faults.is_empty() { Ok(key) } else { Err(faults) }
    }
}

/// Makes an API key. It is shown once, and is sent like an access token: `Authorization: Bearer slk_…`.
#[utoipa::path(
    post, path = "/api/auth/keys", tag = "auth",
    request_body = KeyBody,
    responses(
        (status = 201, body = NewApiKeyShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    ValidJson(new): ValidJson<NewKey>,
) -> Result<(StatusCode, Json<NewApiKeyShape>), ApiError> {
    let at = app.now();
    count(&app, user.id, Counted::Keys, at).await?;
    let keys = &app.ports.api_keys;
    // Before it is noted. Of many at once those that are too many are noted, and not made.
    if keys.list(user.id).await?.len() >= MAX_KEYS as usize {
        return Err(ApiError::TooManyKeys);
    }
    let secret = ApiKeySecret::random();
    let key = ApiKey {
        id: ApiKeyId::generate(at),
        user_id: user.id,
        name: new.name,
        prefix: secret.shown(),
        read_only: new.read_only,
        created_at: at,
        expires_at: new.days.and_then(|days| at.checked_add_days(Days::new(days))),
        used_at: None,
    };
    app.audit(Some(user.id), "api_key.created", key.id).await?;
    if keys.add(&key, secret.hash(), MAX_KEYS).await? == ApiKeyAdded::TooMany {
        return Err(ApiError::TooManyKeys);
    }
    let shape = NewApiKeyShape { described: key.into(), key: secret.expose().to_owned() };
    Ok((StatusCode::CREATED, Json(shape)))
}

/// The API keys of the account, newest first, without the keys themselves.
#[utoipa::path(
    get, path = "/api/auth/keys", tag = "auth",
    responses(
        (status = 200, body = ListShape<ApiKeyShape>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    SignedIn(user): SignedIn,
) -> Result<Json<ListShape<ApiKeyShape>>, ApiError> {
    let keys = app.ports.api_keys.list(user.id).await?;
    Ok(Json(ListShape::whole(keys.into_iter().map(Into::into).collect())))
}

/// Ends an API key for good; other processes learn of it within a minute.
#[utoipa::path(
    delete, path = "/api/auth/keys/{id}", tag = "auth", params(("id" = uuid::Uuid, Path)),
    responses(
        (status = 204, description = "It is gone."),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    SignedIn(user): SignedIn,
    PathId(id): PathId<ApiKeyId>,
) -> Result<StatusCode, ApiError> {
    let keys = &app.ports.api_keys;
    // What is not done is not noted.
    if keys.list(user.id).await?.iter().all(|key| key.id != id) {
        return Err(ApiError::NotFound);
    }
    app.audit(Some(user.id), "api_key.revoked", id).await?;
    let is_gone = keys.revoke(user.id, id).await?;
    app.known_keys.forget();
    if is_gone { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::NotFound) }
}
