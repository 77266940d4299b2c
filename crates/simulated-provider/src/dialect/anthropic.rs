//! The Anthropic dialect: `POST /v1/messages`.

mod wire;

use std::sync::Arc;

use axum::{body::Bytes, extract::State, http::HeaderMap, response::Response};

use self::wire::{AnthropicFrames, Request, refusal};
use super::{Frames, No, key};
use crate::{answering::answer, server::Shared};

/// Answers one call.
pub async fn messages(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(key) = key(&headers, "x-api-key", "") else {
        return refusal(No::new(401, "x-api-key header is required"));
    };
    if !headers.contains_key("anthropic-version") {
        return refusal(No::new(400, "anthropic-version: header is required"));
    }
    let request: Request = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => return refusal(No::new(400, &format!("invalid request: {error}"))),
    };
    let frames: Box<dyn Frames> = Box::new(AnthropicFrames::new(&request.model));
    answer(shared, request.asked(key), frames).await
}
