//! The lists of models: what clients ask for to see whether a key is well.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{dialect::key, server::Shared};

/// The rules that concern lists, as if this were a model.
pub const LIST: &str = "models";

const MODELS: [&str; 2] = ["sim-demo", "sim-echo"];

/// The list as the dialects of OpenAI and Anthropic have it.
pub async fn openai(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let key = key(&headers, "authorization", "Bearer ").or_else(|| key(&headers, "x-api-key", ""));
    let model = |id| json!({"id": id, "object": "model", "owned_by": "simulated"});
    answer(&shared, key, json!({"object": "list", "data": MODELS.map(model)}))
}

/// The list as the dialect of Gemini has it.
pub async fn gemini(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let model = |id| json!({"name": format!("models/{id}")});
    answer(&shared, key(&headers, "x-goog-api-key", ""), json!({"models": MODELS.map(model)}))
}

fn answer(shared: &Shared, key: Option<String>, list: Value) -> Response {
    let refused = key.map(|key| shared.script.behavior(LIST, &key).and_then(|rule| rule.status));
    let status = refused.unwrap_or(Some(401));
    match status.and_then(|status| StatusCode::from_u16(status).ok()) {
        Some(status) => (status, Json(json!({"error": {"message": "refused"}}))).into_response(),
        None => Json(list).into_response(),
    }
}
