//! The dialects: how a call is read, and what its answer looks like on the wire.

pub mod anthropic;
pub mod gemini;
pub mod openai;

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::{http::HeaderMap, response::Response};
use bytes::Bytes;

use crate::behavior::Finish;

/// A call, whatever its dialect.
#[derive(Debug, Clone)]
pub struct Asked {
    /// In full when it is a simulated one, else a digest, since it may be real.
    pub key: String,
    /// Which model.
    pub model: String,
    /// The last user message; empty when there is none.
    pub question: String,
    /// The same for calls with the same prompt.
    pub prompt: u64,
    /// The prompt's length: words, which is near enough.
    pub prompt_tokens: usize,
    /// Whether to stream.
    pub streaming: bool,
    /// Whether to tell the tokens spent.
    pub wants_usage: bool,
    /// The allowed length.
    pub max_tokens: Option<usize>,
}

impl Asked {
    /// A streamed call with usage for `messages`, each a speaker and what was said; `user` is how the
    /// dialect calls who asks.
    fn new(key: String, model: String, user: &str, messages: &[(&str, &str)]) -> Self {
        let mut prompt = DefaultHasher::new();
        (&model, messages).hash(&mut prompt);
        let last = messages.iter().rev().find(|(role, _)| *role == user);
        Self {
            key,
            model,
            question: last.map_or("", |(_, text)| text).to_owned(),
            prompt: prompt.finish(),
            prompt_tokens: messages.iter().map(|(_, text)| text.split_whitespace().count()).sum(),
            streaming: true,
            wants_usage: true,
            max_tokens: None,
        }
    }
}

/// A refusal to be said.
#[derive(Debug, Clone, Copy)]
pub struct No<'a> {
    /// The HTTP status; a dialect that has another one for the same case uses its own.
    pub status: u16,
    /// The dialect's name for it, instead of the usual one.
    pub code: Option<&'a str>,
    /// How long to wait, as it stands.
    pub retry_after: Option<&'a str>,
    /// For people.
    pub message: &'a str,
}

impl<'a> No<'a> {
    /// A refusal without more.
    pub fn new(status: u16, message: &'a str) -> Self {
        Self { status, code: None, retry_after: None, message }
    }
}

/// How one answer, or a refusal, looks on the wire.
pub trait Frames: Send + Sync {
    /// What comes before the first token.
    fn begin(&self, prompt_tokens: usize) -> Option<Bytes>;
    /// A token.
    fn token(&self, text: &str) -> Bytes;
    /// What comes after the last token, with the tokens of prompt and answer.
    fn end(&self, finish: Finish, usage: Option<(usize, usize)>) -> Vec<Bytes>;
    /// Said when nothing follows, if the dialect has a word for that.
    fn done(&self) -> Option<Bytes>;
    /// The answer to a call that does not stream.
    fn whole(&self, text: &str, finish: Finish, usage: (usize, usize)) -> Bytes;
    /// An error inside the stream.
    fn error(&self) -> Bytes;
    /// What is no JSON.
    fn malformed(&self) -> Bytes;
    /// An event whose text is no UTF-8.
    fn bad_utf8(&self) -> Bytes;
    /// What is no content.
    fn keepalive(&self) -> Bytes;
    /// A refusal of the whole call.
    fn refusal(&self, no: No<'_>) -> Response;
}

/// The key in the header `name`, behind `before`.
pub fn key(headers: &HeaderMap, name: &str, before: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    let key = value.strip_prefix(before).filter(|key| !key.is_empty())?;
    if key.starts_with("sim-") {
        return Some(key.to_owned());
    }
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    Some(format!("key-{:016x}", hasher.finish()))
}

/// One event: `text` is its JSON up to a text, `rest` what follows it.
fn event(head: &[u8], text: &[u8], rest: &[u8]) -> Bytes {
    [b"data: ", head, text, rest, b"\n\n"].concat().into()
}

/// `text` as JSON.
fn quoted(text: &str) -> Vec<u8> {
    serde_json::to_vec(text).expect("a string always has a JSON form")
}
