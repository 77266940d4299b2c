//! Bodies of the Gemini dialect.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{Asked, Frames, No, event, quoted};
use crate::behavior::Finish;

/// What callers send; further fields are ignored.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    contents: Vec<Content>,
    #[serde(default)]
    system_instruction: Option<Content>,
    #[serde(default)]
    generation_config: Config,
}

/// One message.
#[derive(Debug, Clone, Deserialize)]
struct Content {
    #[serde(default)]
    role: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Deserialize)]
struct Part {
    text: String,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    max_output_tokens: Option<usize>,
}

impl Content {
    fn text(&self) -> String {
        self.parts.iter().map(|part| part.text.as_str()).collect()
    }
}

impl Request {
    /// What is asked of `model`, with `key`.
    pub fn asked(&self, key: String, model: &str, streaming: bool) -> Asked {
        let all = self.system_instruction.iter().chain(&self.contents);
        let texts: Vec<_> = all.map(|content| (content.role.as_str(), content.text())).collect();
        let messages: Vec<_> = texts.iter().map(|(role, text)| (*role, text.as_str())).collect();
        Asked {
            streaming,
            max_tokens: self.generation_config.max_output_tokens,
            ..Asked::new(key, model.to_owned(), "user", &messages)
        }
    }
}

/// Builds the events of one answer.
#[derive(Debug, Clone, Copy)]
pub struct GeminiFrames;

const HEAD: &[u8] = br#"{"candidates":[{"content":{"parts":[{"text":"#;

fn piece(text: &[u8]) -> Bytes {
    let rest = br#"}],"role":"model"},"index":0}],"modelVersion":"sim","responseId":"sim"}"#;
    event(HEAD, text, rest)
}

fn finish_reason(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "STOP",
        Finish::Length => "MAX_TOKENS",
        Finish::ContentFilter => "SAFETY",
    }
}

fn usage_of((prompt, answer): (usize, usize)) -> Value {
    json!({"promptTokenCount": prompt, "candidatesTokenCount": answer, "totalTokenCount": prompt + answer})
}

impl Frames for GeminiFrames {
    fn begin(&self, _prompt_tokens: usize) -> Option<Bytes> {
        None
    }

    fn token(&self, text: &str) -> Bytes {
        piece(&quoted(text))
    }

    fn end(&self, finish: Finish, usage: Option<(usize, usize)>) -> Vec<Bytes> {
        let candidate = json!({
            "content": {"role": "model"}, "finishReason": finish_reason(finish), "index": 0
        });
        let mut last = json!({"candidates": [candidate], "modelVersion": "sim"});
        if let Some(usage) = usage {
            last["usageMetadata"] = usage_of(usage);
        }
        vec![event(last.to_string().as_bytes(), b"", b"")]
    }

    fn done(&self) -> Option<Bytes> {
        None
    }

    fn whole(&self, text: &str, finish: Finish, usage: (usize, usize)) -> Bytes {
        let content = json!({"parts": [{"text": text}], "role": "model"});
        let candidate =
            json!({"content": content, "finishReason": finish_reason(finish), "index": 0});
        let answer = json!({"candidates": [candidate], "usageMetadata": usage_of(usage)});
        answer.to_string().into()
    }

    fn error(&self) -> Bytes {
        event(
            br#"{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}"#,
            b"",
            b"",
        )
    }

    fn malformed(&self) -> Bytes {
        event(HEAD, b"", b"")
    }

    fn bad_utf8(&self) -> Bytes {
        piece(b"\"\xff\xfe\"")
    }

    fn keepalive(&self) -> Bytes {
        Bytes::from_static(b": keep-alive\n\n")
    }

    fn refusal(&self, no: No<'_>) -> Response {
        refusal(no)
    }
}

/// A refusal, in the words the original uses for it: a bad key is a bad argument, and how long to
/// wait stands in the body.
pub fn refusal(No { status, code, retry_after, message }: No<'_>) -> Response {
    let is_of_key = status == 401;
    let (status, name) = match status {
        401 => (400, "INVALID_ARGUMENT"),
        403 => (403, "PERMISSION_DENIED"),
        404 => (404, "NOT_FOUND"),
        429 => (429, "RESOURCE_EXHAUSTED"),
        503 | 529 => (503, "UNAVAILABLE"),
        504 => (504, "DEADLINE_EXCEEDED"),
        500.. => (500, "INTERNAL"),
        other => (other, "INVALID_ARGUMENT"),
    };
    let typed = |name: &str| format!("type.googleapis.com/google.rpc.{name}");
    let mut details = Vec::new();
    match code.or(is_of_key.then_some("API_KEY_INVALID")) {
        Some(quota) if status == 429 => {
            let violations = json!([{"quotaMetric": "sim", "quotaId": quota, "quotaValue": "5"}]);
            details.push(json!({"@type": typed("QuotaFailure"), "violations": violations}));
        }
        Some(reason) => {
            details.push(json!({"@type": typed("ErrorInfo"), "reason": reason, "domain": "sim"}));
        }
        None => {}
    }
    if let Some(wait) = retry_after {
        details.push(json!({"@type": typed("RetryInfo"), "retryDelay": format!("{wait}s")}));
    }
    let named = format!("models/sim is not found: {message}");
    let message = if status == 404 { &*named } else { message };
    let error = json!({"code": status, "message": message, "status": name, "details": details});
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(json!({ "error": error }))).into_response()
}
