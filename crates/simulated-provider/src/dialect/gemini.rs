//! The Gemini dialect: `POST /v1beta/models/{model}:streamGenerateContent?alt=sse`.

mod wire;

use std::{collections::HashMap, sync::Arc};

use axum::{
    body::Bytes,
    extract::{Path, Query, State},
    http::HeaderMap,
    response::Response,
};

use self::wire::{GeminiFrames, Request, refusal};
use super::{Frames, No, key};
use crate::{answering::answer, server::Shared};

/// Answers one call.
pub async fn generate(
    State(shared): State<Arc<Shared>>,
    Path(call): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // A key in the address would end up in logs, so it does not count here.
    let Some(key) = key(&headers, "x-goog-api-key", "") else {
        return refusal(No::new(403, "Method doesn't allow unregistered callers"));
    };
    let streaming = match call.rsplit_once(':') {
        Some((_, "streamGenerateContent")) if query.get("alt").is_some_and(|alt| alt == "sse") => {
            true
        }
        Some((_, "generateContent")) => false,
        _ => return refusal(No::new(404, "models/…:streamGenerateContent?alt=sse")),
    };
    let model = call.rsplit_once(':').map_or(call.as_str(), |(model, _)| model);
    let request: Request = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => return refusal(No::new(400, &format!("invalid request: {error}"))),
    };
    let frames: Box<dyn Frames> = Box::new(GeminiFrames);
    answer(shared, request.asked(key, model, streaming), frames).await
}
