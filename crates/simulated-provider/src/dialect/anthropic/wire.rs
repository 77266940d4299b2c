//! Bodies of the Anthropic dialect.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::super::{Asked, Frames, No, quoted};
use crate::behavior::Finish;

/// What callers send; further fields are ignored.
#[derive(Debug, Clone, Deserialize)]
pub struct Request {
    /// Which model.
    pub model: String,
    /// The rules.
    #[serde(default)]
    system: Option<String>,
    /// The chat so far.
    messages: Vec<Message>,
    /// Whether to stream.
    #[serde(default)]
    stream: bool,
    /// The allowed length, which has to be said.
    max_tokens: usize,
}

/// One message.
#[derive(Debug, Clone, Deserialize)]
struct Message {
    role: String,
    content: String,
}

impl Request {
    /// What is asked, with `key`.
    pub fn asked(&self, key: String) -> Asked {
        let system = self.system.as_deref().map(|text| ("system", text));
        let messages = self.messages.iter().map(|message| (&*message.role, &*message.content));
        let messages: Vec<_> = system.into_iter().chain(messages).collect();
        Asked {
            streaming: self.stream,
            max_tokens: Some(self.max_tokens),
            ..Asked::new(key, self.model.clone(), "user", &messages)
        }
    }
}

/// Builds the events of one answer.
#[derive(Debug)]
pub struct AnthropicFrames {
    model: String,
}

impl AnthropicFrames {
    /// The events of an answer by `model`.
    pub fn new(model: &str) -> Self {
        Self { model: serde_json::Value::from(model).to_string() }
    }
}

fn event(name: &str, json: &[u8]) -> Bytes {
    [b"event: ", name.as_bytes(), b"\ndata: ", json, b"\n\n"].concat().into()
}

fn delta(text: &[u8]) -> Bytes {
    let head = br#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"#;
    event("content_block_delta", &[head, text, b"}}"].concat())
}

fn stop_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "end_turn",
        Finish::Length => "max_tokens",
        Finish::ContentFilter => "refusal",
    }
}

impl Frames for AnthropicFrames {
    fn begin(&self, prompt_tokens: usize) -> Option<Bytes> {
        let model = &self.model;
        let start = format!(
            r#"{{"type":"message_start","message":{{"id":"msg_sim","type":"message","role":"assistant","content":[],"model":{model},"stop_reason":null,"stop_sequence":null,"usage":{{"input_tokens":{prompt_tokens},"output_tokens":1}}}}}}"#
        );
        let block =
            br#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
        let start = event("message_start", start.as_bytes());
        let (block, ping) = (event("content_block_start", block), self.keepalive());
        Some([start, block, ping].concat().into())
    }

    fn token(&self, text: &str) -> Bytes {
        delta(&quoted(text))
    }

    fn end(&self, finish: Finish, usage: Option<(usize, usize)>) -> Vec<Bytes> {
        let reason = stop_reason(finish);
        let usage = usage.map(|(_, output)| format!(r#","usage":{{"output_tokens":{output}}}"#));
        let delta = format!(
            r#"{{"type":"message_delta","delta":{{"stop_reason":"{reason}","stop_sequence":null}}{}}}"#,
            usage.unwrap_or_default()
        );
        vec![
            event("content_block_stop", br#"{"type":"content_block_stop","index":0}"#),
            event("message_delta", delta.as_bytes()),
        ]
    }

    fn done(&self) -> Option<Bytes> {
        Some(event("message_stop", br#"{"type":"message_stop"}"#))
    }

    fn whole(&self, text: &str, finish: Finish, (input, output): (usize, usize)) -> Bytes {
        let message = json!({
            "id": "msg_sim", "type": "message", "role": "assistant", "model": "sim",
            "content": [{"type": "text", "text": text}],
            "stop_reason": stop_reason(finish), "stop_sequence": null,
            "usage": {"input_tokens": input, "output_tokens": output},
        });
        message.to_string().into()
    }

    fn error(&self) -> Bytes {
        event(
            "error",
            br#"{"type":"error","error":{"details":null,"type":"overloaded_error","message":"Overloaded"},"request_id":"req_sim"}"#,
        )
    }

    fn malformed(&self) -> Bytes {
        event("content_block_delta", br#"{"type":"content_block_delta","delta":{"type":"#)
    }

    fn bad_utf8(&self) -> Bytes {
        delta(b"\"\xff\xfe\"")
    }

    fn keepalive(&self) -> Bytes {
        event("ping", br#"{"type": "ping"}"#)
    }

    fn refusal(&self, no: No<'_>) -> Response {
        refusal(no)
    }
}

/// A refusal, in the words the original uses for it.
pub fn refusal(No { status, code, retry_after, message }: No<'_>) -> Response {
    let (status, usual) = match status {
        401 => (401, "authentication_error"),
        402 => (402, "billing_error"),
        403 => (403, "permission_error"),
        404 => (404, "not_found_error"),
        413 => (413, "request_too_large"),
        429 => (429, "rate_limit_error"),
        503 | 529 => (529, "overloaded_error"),
        504 => (504, "timeout_error"),
        500.. => (500, "api_error"),
        _ => (400, "invalid_request_error"),
    };
    let named = format!("model: {message}");
    let message = if status == 404 { &*named } else { message };
    let error = json!({"details": null, "type": code.unwrap_or(usual), "message": message});
    let body = json!({"type": "error", "error": error, "request_id": "req_sim"});
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(body)).into_response();
    if let Some(value) = retry_after.and_then(|value| value.parse().ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}
