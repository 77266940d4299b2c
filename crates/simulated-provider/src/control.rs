//! The control endpoint: set the script, read the record, ask for judgement.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    routing::{get, put},
};
use serde::Deserialize;

use crate::{
    judge::{Judgement, judge},
    record::CallView,
    script::Rule,
    server::Shared,
};

/// The routes under `/control`.
pub fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/script", put(set_script).delete(clear_script))
        .route("/calls", get(calls).delete(clear_calls))
        .route("/judge", get(judgement))
        .route("/given-up", get(after_giving_up).post(give_up))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    rules: Vec<Rule>,
}

async fn set_script(
    State(shared): State<Arc<Shared>>,
    Json(Rules { rules }): Json<Rules>,
) -> Result<StatusCode, (StatusCode, String)> {
    let refused = |error: crate::UnknownBehavior| (StatusCode::BAD_REQUEST, error.to_string());
    shared.script.set(rules).map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_script(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.script.clear();
    StatusCode::NO_CONTENT
}

async fn calls(State(shared): State<Arc<Shared>>) -> Json<Vec<CallView>> {
    Json(shared.record.calls())
}

async fn clear_calls(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.record.clear();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenUp {
    question: String,
}

async fn give_up(
    State(shared): State<Arc<Shared>>,
    Json(GivenUp { question }): Json<GivenUp>,
) -> StatusCode {
    shared.record.give_up(&question);
    StatusCode::NO_CONTENT
}

async fn after_giving_up(State(shared): State<Arc<Shared>>) -> Json<Vec<CallView>> {
    Json(shared.record.calls_after_giving_up())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Limit {
    limit: usize,
    #[serde(default = "minute_ms")]
    window_ms: u64,
}

const fn minute_ms() -> u64 {
    60_000
}

async fn judgement(
    State(shared): State<Arc<Shared>>,
    Query(limit): Query<Limit>,
) -> Json<BTreeMap<String, Judgement>> {
    Json(judge(&shared.record.calls(), limit.limit, limit.window_ms.saturating_mul(1000)))
}
