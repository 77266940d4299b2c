//! The OpenAI dialect: `POST /v1/chat/completions`.

mod refusal;
mod wire;

use std::sync::Arc;

use axum::{body::Bytes, extract::State, http::HeaderMap, response::Response};

use self::wire::{OpenAiFrames, Request};
use super::{Frames, No, key};
use crate::{answering::answer, server::Shared};

/// Answers one call.
pub async fn chat_completions(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(key) = key(&headers, "authorization", "Bearer ") else {
        return refusal::refusal(No::new(401, "You didn't provide an API key."));
    };
    let request: Request = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => {
            return refusal::refusal(No::new(400, &format!("invalid request: {error}")));
        }
    };
    let frames: Box<dyn Frames> = Box::new(OpenAiFrames::new(&request.model));
    answer(shared, request.asked(key), frames).await
}
