//! The pools: the workers of each provider.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use domain::{
    model::ProviderName,
    pool::{PoolChange, PoolWish},
};
use ports::store::Speaking;
use serde::Deserialize;
use serde_json::Number;
use utoipa::ToSchema;

use crate::{
    app::App,
    audit::Deed,
    error::{ApiError, Faults, Problem},
    extract::{FromBody, Operator, PathId, Text, ValidJson, Viewer},
    shapes::{ListShape, PoolShape},
};

/// The pools, what is wished of them, and how their workers do.
#[utoipa::path(
    get, path = "/api/ops/pools", tag = "operators",
    responses(
        (status = 200, body = ListShape<PoolShape>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _viewer: Viewer,
) -> Result<Json<ListShape<PoolShape>>, ApiError> {
    let wishes = app.ports.pools.pools().await?;
    let mut pauses: BTreeMap<_, _> = app.ports.pools.pauses().await?.into_iter().collect();
    let workers = app.ports.controls.workers().await?;
    let pools = app.config.catalog.providers().iter().map(|pool| {
        let wish = wishes.iter().find(|(name, _)| name == pool).map(|(_, wish)| *wish);
        PoolShape::new(pool, wish.unwrap_or_default(), pauses.remove(pool), &workers)
    });
    Ok(Json(ListShape::whole(pools.collect())))
}

/// What to change of a pool; what is not named stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct PoolBody {
    /// Take no more jobs; answers under way go on.
    paused: Option<bool>,
    /// Why it is paused, for whoever looks at it; together with `paused: true` alone.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    reason: Option<Text>,
    /// How many answers each worker streams at once; 0 for what it is configured for.
    #[schema(value_type = Option<u32>, minimum = 0, maximum = 65535)]
    concurrency: Option<Number>,
    /// How many requests each key may make in any minute; 0 for what is configured.
    #[schema(value_type = Option<u32>, minimum = 0)]
    requests_per_minute: Option<Number>,
}

/// The longest reason, in characters.
const MAX_REASON_CHARS: usize = 200;

/// A checked [`PoolBody`].
#[derive(Debug)]
pub(crate) struct Change {
    wished: PoolChange,
    reason: Option<String>,
}

impl FromBody for Change {
    type Body = PoolBody;

    fn from_body(body: PoolBody) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let concurrency = body.concurrency.map(|number| {
            let count = number.as_u64().and_then(|count| u16::try_from(count).ok());
            faults.take("/concurrency", count.ok_or("must be a whole number from 0 to 65535"))
        });
        let per_minute = body.requests_per_minute.map(|number| {
            let count = number.as_u64().and_then(|count| u32::try_from(count).ok());
            let wrong = "must be a whole number from 0 to 4294967295";
            faults.take("/requestsPerMinute", count.ok_or(wrong))
        });
        let reason = Text::optional(body.reason).map(|text| text.trim().to_owned());
        if reason
            .as_ref()
            .is_some_and(|text| !(1..=MAX_REASON_CHARS).contains(&text.chars().count()))
        {
            faults.add("/reason", format!("must be 1 to {MAX_REASON_CHARS} characters long"));
        }
        if reason.as_ref().is_some_and(|text| text.contains(char::is_control)) {
            faults.add("/reason", "must be one line of printable characters");
        }
        if reason.is_some() && body.paused != Some(true) {
            faults.add("/reason", "is allowed together with paused: true alone");
        }
        if body.paused.is_none() && concurrency.is_none() && per_minute.is_none() {
            faults.add("", "must have paused, concurrency or requestsPerMinute");
        }
        let wished = PoolChange {
            paused: body.paused,
            concurrency: concurrency.flatten(),
            requests_per_minute: per_minute.flatten(),
        };
        if faults.is_empty() { Ok(Self { wished, reason }) } else { Err(faults) }
    }
}

impl Change {
    /// What is done to `pool` with it, each with what was wished before and what is now.
    fn deeds(&self, pool: &ProviderName, before: PoolWish) -> Vec<Deed> {
        let Self { wished, reason } = self;
        let after = wished.of(before);
        let deed = |action, before: String, after: String| {
            Deed::new(action, pool).detailed(format!("{before} → {after}"))
        };
        let paused = wished.paused.map(|paused| {
            let action = if paused { "pool.paused" } else { "pool.resumed" };
            let why = reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
            deed(action, going(before.paused), going(after.paused) + &why)
        });
        let scaled = wished
            .concurrency
            .map(|_| deed("pool.scaled", number(before.concurrency), number(after.concurrency)));
        let limited = wished.requests_per_minute.map(|_| {
            let [before, after] = [before, after].map(|wish| number(wish.requests_per_minute));
            deed("pool.limited", before, after)
        });
        paused.into_iter().chain(scaled).chain(limited).collect()
    }
}

fn going(paused: bool) -> String {
    if paused { "paused" } else { "running" }.to_owned()
}

/// What is wished, or that nothing is.
fn number(wish: Option<impl ToString>) -> String {
    wish.map_or_else(|| "as configured".to_owned(), |count| count.to_string())
}

/// Changes a pool. Every worker follows within a second, and those that start later too.
#[utoipa::path(
    patch, path = "/api/ops/pools/{provider}", tag = "operators",
    params(("provider" = String, Path)), request_body = PoolBody,
    responses(
        (status = 200, body = PoolShape),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change(
    State(app): State<App>,
    Operator(actor): Operator,
    PathId(pool): PathId<String>,
    ValidJson(change): ValidJson<Change>,
) -> Result<Json<PoolShape>, ApiError> {
    let pool = ProviderName::parse(&pool).map_err(|_| ApiError::NotFound)?;
    if !app.config.catalog.providers().contains(&pool) {
        return Err(ApiError::NotFound);
    }
    let wishes = app.ports.pools.pools().await?;
    let before = wishes.iter().find(|(name, _)| *name == pool).map(|(_, wish)| *wish);
    actor.note(&app, change.deeds(&pool, before.unwrap_or_default())).await?;
    let speaking = Speaking { by: actor.user, reason: change.reason.as_deref() };
    let pools = &app.ports.pools;
    let wish = pools.change_pool(&pool, change.wished, speaking, app.now()).await?;
    if let Err(error) = app.ports.controls.tell(&pool, wish).await {
        // They are told again and again.
        tracing::warn!(%error, "workers are not told yet what is wished");
    }
    // It is done: what cannot be told of it now is told by the list.
    let pauses = pools.pauses().await.unwrap_or_default();
    let pause = pauses.into_iter().find(|(name, _)| *name == pool);
    let workers = app.ports.controls.workers().await.unwrap_or_default();
    Ok(Json(PoolShape::new(&pool, wish, pause.map(|(_, pause)| pause), &workers)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_is_named_by_what_was_asked_for() {
        let pool = ProviderName::parse("openai").unwrap();
        let body = |paused,
                    reason: Option<&str>,
                    concurrency: Option<u16>,
                    per_minute: Option<u32>| PoolBody {
            paused,
            reason: reason.map(|text| Text(text.to_owned())),
            concurrency: concurrency.map(Number::from),
            requests_per_minute: per_minute.map(Number::from),
        };
        let running = PoolWish::default();
        let paused = PoolWish { paused: true, concurrency: Some(3), requests_per_minute: Some(60) };
        for (before, (wish, concurrency, per_minute), expected) in [
            (running, (Some(true), None, None), &[("pool.paused", "running → paused")][..]),
            (paused, (Some(true), None, None), &[("pool.paused", "paused → paused")]),
            (paused, (Some(false), None, None), &[("pool.resumed", "paused → running")]),
            (paused, (None, Some(5), None), &[("pool.scaled", "3 → 5")]),
            (running, (None, Some(5), None), &[("pool.scaled", "as configured → 5")]),
            (paused, (None, None, Some(0)), &[("pool.limited", "60 → as configured")]),
            (
                paused,
                (Some(false), Some(0), Some(90)),
                &[
                    ("pool.resumed", "paused → running"),
                    ("pool.scaled", "3 → as configured"),
                    ("pool.limited", "60 → 90"),
                ],
            ),
        ] {
            let change = Change::from_body(body(wish, None, concurrency, per_minute)).unwrap();
            let deed = |(action, detail): &(&'static str, &str)| {
                Deed::new(action, &pool).detailed(*detail)
            };
            let expected: Vec<_> = expected.iter().map(deed).collect();
            assert_eq!(change.deeds(&pool, before), expected);
        }
        let why = Change::from_body(body(Some(true), Some("the bill"), None, None)).unwrap();
        let deed = Deed::new("pool.paused", &pool).detailed("running → paused: the bill");
        assert_eq!(why.deeds(&pool, running), [deed]);
    }
}
