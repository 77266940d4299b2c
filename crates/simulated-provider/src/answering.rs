//! Answers one call, whatever its dialect.

use std::sync::Arc;

use axum::{
    body::Body,
    http::header,
    response::{IntoResponse, Response},
};

use crate::{
    behavior::{Behavior, UnknownBehavior},
    dialect::{Asked, Frames, No},
    record::{Call, CallRequest, End},
    server::Shared,
    stream::AnswerStream,
    text::{Tokens, demonstration, words},
};

/// What a call is answered with.
struct Plan {
    behavior: Behavior,
    tokens: Tokens,
}

/// Answers `asked` as the script or its model's name says.
pub async fn answer(shared: Arc<Shared>, asked: Asked, frames: Box<dyn Frames>) -> Response {
    let number = shared.next_number();
    let plan = match plan(&shared, number, &asked) {
        Ok(plan) => plan,
        Err(error) => {
            return frames.refusal(No::new(400, &format!("model {:?}: {error}", asked.model)));
        }
    };
    let (key, model) = (asked.key.clone(), asked.model.clone());
    let (question, prompt_tokens) = (asked.question.clone(), asked.prompt_tokens);
    let request = CallRequest { key, model, question, prompt_tokens };
    let call = shared.record.begin(number, request, plan.tokens.clone());
    match plan.behavior.status {
        Some(status) if shared.script.refuses(plan.behavior.fail, &asked.prompt) => {
            refuse(&shared, status, plan.behavior, &call, &*frames).await
        }
        _ => stream(shared, &asked, plan, call, frames),
    }
}

fn plan(shared: &Shared, number: u64, asked: &Asked) -> Result<Plan, UnknownBehavior> {
    let ruled = shared.script.behavior(&asked.model, &asked.key);
    let (fixed, script) = match asked.model.strip_prefix("sim-").map(named) {
        Some((name, script)) => (fixed(shared, name, &asked.question), Some(script)),
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

async fn refuse(
    shared: &Shared,
    status: u16,
    behavior: Behavior,
    call: &Call,
    frames: &dyn Frames,
) -> Response {
    let waiting = Waiting { shared, call };
    tokio::time::sleep(behavior.ttft).await;
    if let Some(time) = behavior.rest().filter(|_| status == 429) {
        shared.record.told_to_rest(call, time);
    }
    shared.record.end(call, End::Refused { status });
    drop(waiting);
    frames.refusal(No {
        status,
        code: behavior.code.as_deref(),
        retry_after: behavior.retry_after.as_deref(),
        message: "as the script says",
    })
}

/// A call that is to be refused. One that is dropped before was given up by the caller; after its end, this is without
/// effect.
struct Waiting<'a> {
    shared: &'a Shared,
    call: &'a Call,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.shared.record.end(self.call, End::ClientGone);
    }
}

fn stream(
    shared: Arc<Shared>,
    asked: &Asked,
    plan: Plan,
    call: Arc<Call>,
    frames: Box<dyn Frames>,
) -> Response {
    let stream = AnswerStream::new(shared, call, plan.behavior, plan.tokens, asked, frames);
    let body = Body::from_stream(stream.into_stream());
    if !asked.streaming {
        return ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    }
    let sse = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-cache")];
    (sse, body).into_response()
}
