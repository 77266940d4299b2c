//! The provider keys, by their names; the secrets are with the workers alone.

use std::time::Duration;

use axum::{Json, extract::State};
use domain::{key::KeyId, model::ProviderName};
use ports::{
    live::KeyStatus,
    store::{SwitchedKey, SwitchedTo},
};
use tokio::time::{sleep, timeout};

use crate::{
    app::App,
    audit::Deed,
    chores::teller,
    error::{ApiError, Problem},
    extract::{Actor, DisableParams, Operator, PathPair, Seconds, Viewer},
    shapes::{KeyShape, ListShape},
};

/// How long a worker may take to look at a key.
const PROBE_TIME: Duration = Duration::from_secs(15);

/// How often the pool is asked whether it has.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

const NOBODY_LOOKED: &str = "no worker with this key has answered";

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
    let workers = app.ports.controls.workers().await?;
    let mut items = Vec::new();
    for provider in app.config.catalog.providers() {
        let keys = app.ports.keys.keys(provider).await?.into_iter();
        let keys = keys.map(|key| key.with_calls_of(&workers));
        items.extend(keys.map(|key| KeyShape::new(provider, &key)));
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
    PathPair(path): PathPair,
) -> Result<Json<KeyShape>, ApiError> {
    change(&app, actor, path, SwitchedTo::On).await
}

/// Takes a key out, for good or for a time. Calls under way go on; no new one is made with it.
#[utoipa::path(
    post, path = "/api/ops/keys/{provider}/{key}/disable", tag = "operators",
    params(("provider" = String, Path), ("key" = String, Path), DisableParams),
    responses(
        (status = 200, body = KeyShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn disable(
    State(app): State<App>,
    Operator(actor): Operator,
    PathPair(path): PathPair,
    Seconds(seconds): Seconds,
) -> Result<Json<KeyShape>, ApiError> {
    let until = |length: Duration| SwitchedTo::OffUntil(app.now() + length);
    change(&app, actor, path, seconds.map_or(SwitchedTo::Off, until)).await
}

/// Has a worker ask the provider whether a key is well, and waits for what it finds. It costs nothing.
#[utoipa::path(
    post, path = "/api/ops/keys/{provider}/{key}/test", tag = "operators",
    params(("provider" = String, Path), ("key" = String, Path)),
    responses(
        (status = 200, body = KeyShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn test(
    State(app): State<App>,
    Operator(actor): Operator,
    PathPair(path): PathPair,
) -> Result<Json<KeyShape>, ApiError> {
    let (provider, status) = locate(&app, path).await?;
    let (key, before) = (status.key, status.probe);
    actor.audit(&app, "key.tested", &key).await?;
    app.ports.keys.ask_probe(&provider, &key).await?;
    let looked = async {
        loop {
            sleep(LOOK_AGAIN).await;
            let status = find(&app, &provider, &key).await?;
            if status.probe != before {
                return Ok(status);
            }
        }
    };
    let status: Result<KeyStatus, ApiError> = timeout(PROBE_TIME, looked)
        .await
        .map_err(|_| ApiError::Unavailable(NOBODY_LOOKED.into()))?;
    Ok(Json(KeyShape::new(&provider, &status?)))
}

async fn change(
    app: &App,
    actor: Actor,
    path: (String, String),
    to: SwitchedTo,
) -> Result<Json<KeyShape>, ApiError> {
    let (provider, KeyStatus { key, .. }) = locate(app, path).await?;
    let deed = match to {
        SwitchedTo::On => Deed::new("key.enabled", &key),
        SwitchedTo::Off => Deed::new("key.disabled", &key),
        SwitchedTo::OffUntil(until) => {
            Deed::new("key.disabled", &key).detailed(format!("until {}", until.to_rfc3339()))
        }
    };
    actor.note(app, vec![deed]).await?;
    let change = app.ports.pools.switch_key(&provider, &key, to, app.now()).await?;
    // If this does not arrive, it is told again and again.
    teller::tell_key(
        app,
        &SwitchedKey { provider: provider.clone(), key: key.clone(), to, change },
    )
    .await?;
    let status = find(app, &provider, &key).await?;
    Ok(Json(KeyShape::new(&provider, &status)))
}

/// The key that a path names, and how it is.
async fn locate(
    app: &App,
    (provider, key): (String, String),
) -> Result<(ProviderName, KeyStatus), ApiError> {
    let provider = ProviderName::parse(&provider).map_err(|_| ApiError::NotFound)?;
    let status = find(app, &provider, &KeyId::new(key)).await?;
    Ok((provider, status))
}

async fn find(app: &App, provider: &ProviderName, key: &KeyId) -> Result<KeyStatus, ApiError> {
    let keys = app.ports.keys.keys(provider).await?;
    let found = keys.into_iter().find(|status| status.key == *key).ok_or(ApiError::NotFound)?;
    Ok(found.with_calls_of(&app.ports.controls.workers().await?))
}
