//! The OpenAI dialect: `POST /v1/chat/completions`.

mod refusal;
mod wire;

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use axum::{
    Json,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};

use crate::{
    behavior::{Behavior, UnknownBehavior},
    record::{Call, CallRequest, End},
    server::Shared,
    stream::AnswerStream,
    text::{Tokens, demonstration, words},
};
use refusal::refusal;
use wire::Request;
pub use wire::{Frames, usage_of};

/// What of a request the answer depends on.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Whether to stream.
    pub streaming: bool,
    /// Whether to add the tokens spent to the stream.
    pub include_usage: bool,
    /// The allowed length.
    pub max_tokens: Option<usize>,
    /// The prompt's length.
    pub prompt_tokens: usize,
}

/// What a call is answered with.
struct Plan {
    behavior: Behavior,
    tokens: Tokens,
}

/// Answers one call.
pub async fn chat_completions(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(key) = bearer(&headers) else {
        return refusal(401, None, "You didn't provide an API key.");
    };
    let request: Request = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => return refusal(400, None, &format!("invalid request: {error}")),
    };
    let number = shared.next_number();
    let plan = match plan(&shared, number, &request, &key) {
        Ok(plan) => plan,
        Err(error) => return refusal(400, None, &format!("model {:?}: {error}", request.model)),
    };
    let asked =
        CallRequest { key, model: request.model.clone(), question: request.question().to_owned() };
    let call = shared.record.begin(number, asked, plan.tokens.clone());
    match plan.behavior.status {
        Some(status) if shared.script.refuses(plan.behavior.fail, &request.prompt_key()) => {
            refuse(&shared, status, plan.behavior, &call).await
        }
        _ => answer(shared, &request, plan, call),
    }
}

/// Lists some models, for clients that ask.
pub async fn models() -> Json<serde_json::Value> {
    let model = |id| serde_json::json!({"id": id, "object": "model", "owned_by": "simulated"});
    Json(serde_json::json!({"object": "list", "data": [model("sim-demo"), model("sim-echo")]}))
}

fn plan(
    shared: &Shared,
    number: u64,
    request: &Request,
    key: &str,
) -> Result<Plan, UnknownBehavior> {
    let ruled = shared.script.behavior(&request.model, key);
    let (fixed, script) = match request.model.strip_prefix("sim-").map(named) {
        Some((name, script)) => (fixed(shared, name, request.question()), Some(script)),
        None => (None, None),
    };
    let behavior = match (ruled, script, &fixed) {
        (Some(ruled), ..) => ruled,
        (None, Some(script), Some(tokens)) => shared.demo_pace(tokens.len()).scripted(script)?,
        (None, Some(script), None) => script.parse()?,
        // A real model's name: so that any configuration can be rehearsed.
        (None, None, _) => shared.demo_pace(60),
    };
    let count = (!behavior.endless).then_some(behavior.tokens);
    let tokens = fixed.map_or(Tokens::Tagged { call: number, count }, Tokens::Fixed);
    Ok(Plan { behavior, tokens })
}

/// The name of a text that does not follow from the words, if it begins with one, and the words.
fn named(model: &str) -> (&str, &str) {
    match model.split_once(',').unwrap_or((model, "")) {
        (name @ ("demo" | "echo"), script) => (name, script),
        _ => ("", model),
    }
}

fn fixed(shared: &Shared, name: &str, question: &str) -> Option<Arc<[String]>> {
    match name {
        "demo" => Some(demonstration(shared.seed, question)),
        "echo" => Some(words(question)),
        _ => None,
    }
}

async fn refuse(shared: &Shared, status: u16, behavior: Behavior, call: &Call) -> Response {
    tokio::time::sleep(behavior.ttft).await;
    if let Some(time) = behavior.rest().filter(|_| status == 429) {
        shared.record.told_to_rest(call, time);
    }
    shared.record.end(call, End::Refused { status });
    let mut response = refusal(status, behavior.code.as_deref(), "as the script says");
    if let Some(value) = behavior.retry_after.and_then(|value| value.parse().ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

fn answer(shared: Arc<Shared>, request: &Request, plan: Plan, call: Arc<Call>) -> Response {
    let behavior = plan.behavior;
    let frames = Frames::new(request, behavior.crlf);
    let asked = Asked {
        streaming: request.stream,
        include_usage: request.stream_options.is_some_and(|options| options.include_usage),
        max_tokens: request.max_tokens,
        prompt_tokens: request.prompt_tokens(),
    };
    let stream = AnswerStream::new(shared, call, behavior, plan.tokens, asked, frames);
    if !request.stream {
        let json = [(header::CONTENT_TYPE, "application/json")];
        return (json, Body::from_stream(stream.into_stream())).into_response();
    }
    let sse = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")];
    (sse, Body::from_stream(stream.into_stream())).into_response()
}

/// The key of a request: in full when it is a simulated one, else a digest, since it may be real.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let key = value.strip_prefix("Bearer ").filter(|key| !key.is_empty())?;
    if key.starts_with("sim-") {
        return Some(key.to_owned());
    }
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    Some(format!("key-{:016x}", hasher.finish()))
}
