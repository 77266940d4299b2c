//! The provider keys, by their names; the secrets are with the workers alone.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{key::KeyId, model::ProviderName};
use ports::live::KeyStatus;

use crate::{
    app::App,
    error::{ApiError, Problem},
    extract::{Actor, Operator, Viewer},
    shapes::{KeyShape, ListShape},
};

/// The keys of every provider and how they are.
#[utoipa::path(
    get, path = "/api/ops/keys", tag = "operators",
    responses(
        (status = 200, body = ListShape<KeyShape>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _viewer: Viewer,
) -> Result<Json<ListShape<KeyShape>>, ApiError> {
    let mut items = Vec::new();
    for provider in app.config.catalog.providers() {
        let keys = app.ports.keys.keys(provider).await?;
        items.extend(keys.iter().map(|key| KeyShape::new(provider, key)));
    }
    Ok(Json(ListShape::whole(items)))
}

/// Brings a key back: it may be lent at once, whatever it was out for.
#[utoipa::path(
    post, path = "/api/ops/keys/{provider}/{key}/enable", tag = "operators",
    params(("provider" = String, Path), ("key" = String, Path)),
    responses(
        (status = 200, body = KeyShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn enable(
    State(app): State<App>,
    Operator(actor): Operator,
    Path(path): Path<(String, String)>,
) -> Result<Json<KeyShape>, ApiError> {
    change(&app, actor, path, true).await
}

/// Takes a key out. Calls under way go on; no new one is made with it.
#[utoipa::path(
    post, path = "/api/ops/keys/{provider}/{key}/disable", tag = "operators",
    params(("provider" = String, Path), ("key" = String, Path)),
    responses(
        (status = 200, body = KeyShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn disable(
    State(app): State<App>,
    Operator(actor): Operator,
    Path(path): Path<(String, String)>,
) -> Result<Json<KeyShape>, ApiError> {
    change(&app, actor, path, false).await
}

async fn change(
    app: &App,
    actor: Actor,
    (provider, key): (String, String),
    enabled: bool,
) -> Result<Json<KeyShape>, ApiError> {
    let provider = ProviderName::parse(&provider).map_err(|_| ApiError::NotFound)?;
    let key = KeyId::new(key);
    find(app, &provider, &key).await?;
    let action = if enabled { "key.enabled" } else { "key.disabled" };
    actor.audit(app, action, &key).await?;
    app.ports.keys.set_enabled(&provider, &key, enabled).await?;
    let status = find(app, &provider, &key).await?;
    Ok(Json(KeyShape::new(&provider, &status)))
}

async fn find(app: &App, provider: &ProviderName, key: &KeyId) -> Result<KeyStatus, ApiError> {
    let keys = app.ports.keys.keys(provider).await?;
    keys.into_iter().find(|status| status.key == *key).ok_or(ApiError::NotFound)
}
