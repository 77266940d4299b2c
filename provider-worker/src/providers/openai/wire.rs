//! What goes over the wire.

use ::http::{HeaderMap, HeaderName, HeaderValue};
use domain::{attempt::FinishReason, chat::Speaker, failure::ErrorClass, usage::Usage};
use ports::provider::Call;
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    super::{
        dialect::{Finish, Said},
        hint, models,
        refusal::Refusal,
        turns,
    },
    content::Content,
    refusal::refusal,
};

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// The body of a request, which asks for usage if there is a `usage_option`.
pub(super) fn request(call: &Call<'_>, usage_option: bool) -> Result<Vec<u8>, serde_json::Error> {
    let system = call.system.filter(turns::says_something);
    let system = system.map(|content| Message { role: Speaker::System.as_str(), content });
    let said = turns::spoken(call.turns);
    let turns = said.iter().map(|said| Message { role: said.role.as_str(), content: &said.text });
    let (max_tokens, max_completion_tokens) = match call.sampling.max_tokens {
        limit if models::counts_reasoning(call.model) => (None, limit),
        limit => (limit, None),
    };
    serde_json::to_vec(&Request {
        model: call.model,
        messages: system.into_iter().chain(turns).collect(),
        stream: true,
        stream_options: usage_option.then_some(StreamOptions { include_usage: true }),
        temperature: call.sampling.temperature.filter(|_| models::takes_temperature(call.model)),
        max_tokens,
        max_completion_tokens,
    })
}

/// One event of an answer. What is not named here is skipped unread.
#[derive(Debug, Default, Deserialize)]
struct Frame {
    #[serde(default, deserialize_with = "null_as_default")]
    choices: Vec<Choice>,
    usage: Option<WireUsage>,
    error: Option<WireError>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    index: u32,
    delta: Option<Delta>,
    finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Delta {
    content: Option<Content>,
    /// Said in place of an answer.
    refusal: Option<String>,
    reasoning_content: Option<String>,
    reasoning: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct WireUsage {
    #[serde(default, deserialize_with = "null_as_default")]
    prompt_tokens: u64,
    #[serde(default, deserialize_with = "null_as_default")]
    completion_tokens: u64,
    #[serde(default, deserialize_with = "null_as_default")]
    total_tokens: u64,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct PromptDetails {
    cached_tokens: Option<u64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct CompletionDetails {
    reasoning_tokens: Option<u64>,
}

impl From<WireUsage> for Usage {
    fn from(wire: WireUsage) -> Self {
        let cached = wire.prompt_tokens_details.and_then(|details| details.cached_tokens);
        let thoughts = wire.completion_tokens_details.and_then(|details| details.reasoning_tokens);
        // Some do not count hidden reasoning as part of the answer. It is in the sum, and has to be paid.
        let output =
            wire.completion_tokens.max(wire.total_tokens.saturating_sub(wire.prompt_tokens));
        let uncounted = output - wire.completion_tokens;
        Self {
            cached_input_tokens: cached.unwrap_or_default(),
            reasoning_tokens: thoughts.unwrap_or_default().max(uncounted),
            ..Self::by_provider(wire.prompt_tokens, output)
        }
    }
}

/// Reads the data of an event, and whether an answer is in it.
pub(super) fn said(data: &str) -> Result<(Said, bool), serde_json::Error> {
    let frame: Frame = serde_json::from_str(data)?;
    let has_more = !frame.choices.is_empty() || frame.usage.is_some();
    let error = match frame.error {
        // Some send an error of which nothing is said with every piece.
        Some(error) => Some(error.into()).filter(|error: &WireRefusal| !has_more || error.says()),
        None if has_more => None,
        None => bare_error(data),
    };
    let usage = frame.usage.map(Usage::from);
    let mut said = Said { usage, error: error.map(inside), ..Said::default() };
    // Only one answer is ever asked for.
    let Some(choice) = frame.choices.into_iter().find(|choice| choice.index == 0) else {
        return Ok((said, false));
    };
    match reason(choice.finish_reason).map(finish_reason) {
        Some(Ok(reason)) => said.finish = Some(Finish::SoFar(reason)),
        Some(Err(broken_off)) => _ = said.error.get_or_insert(broken_off),
        None => {}
    }
    if let Some(delta) = choice.delta {
        let content = delta.content.unwrap_or_default();
        said.text = filled(Some(content.text)).or(filled(delta.refusal));
        let thought = filled(delta.reasoning_content).or(filled(delta.reasoning));
        said.thinks = content.thinks || thought.is_some();
    }
    Ok((said, true))
}

/// The refusal that an error inside a stream is.
fn inside(error: WireRefusal) -> Refusal {
    let hint = hint::retry_after_in(&error.message);
    refusal(None, error, hint)
}

/// The error that an event without anything else is, if its own fields say so.
fn bare_error(data: &str) -> Option<WireRefusal> {
    #[derive(Deserialize)]
    struct Named {
        object: Option<String>,
    }
    let named: Option<Named> = serde_json::from_str(data).ok();
    let is_named = named.is_some_and(|named| named.object.as_deref() == Some("error"));
    let error: WireError = serde_json::from_str(data).ok()?;
    let error = WireRefusal::from(error);
    let is_well = matches!(&*error.code, "0" | "200");
    let is_told = !error.message.is_empty() || !error.code.is_empty();
    (is_named || is_told && !is_well).then_some(error)
}

/// The reason for an end, unless it is in words that there is none.
fn reason(word: Option<String>) -> Option<String> {
    filled(word).filter(|word| word != "null")
}

/// How an answer ended, or what broke it off: some say that in the place of an error.
fn finish_reason(word: String) -> Result<FinishReason, Refusal> {
    let broken_off = match word.as_str() {
        "stop" => return Ok(FinishReason::Stop),
        "length" | "model_length" => return Ok(FinishReason::Length),
        "content_filter" | "sensitive" => return Ok(FinishReason::Blocked),
        "insufficient_system_resource" | "error" | "network_error" => ErrorClass::Overloaded,
        "abort" | "aborted" => ErrorClass::Truncated,
        _ => return Ok(FinishReason::Other(word)),
    };
    Err(Refusal { class: broken_off, name: word, message: String::new(), retry_after: None })
}

/// A provider's words about what went wrong.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct WireRefusal {
    /// For people.
    pub(super) message: String,
    /// `error.type`, empty if absent.
    pub(super) kind: String,
    /// `error.code`, empty if absent.
    pub(super) code: String,
    /// Whether it tells what of the prompt is not wanted.
    pub(super) is_flagged: bool,
    /// Which limit of money was reached; empty if it tells none.
    pub(super) limit_source: String,
    /// Headers that a gateway was answered with, or says to answer with.
    pub(super) headers: HeaderMap,
}

impl WireRefusal {
    /// Whether anything is said of what went wrong.
    fn says(&self) -> bool {
        [&self.message, &self.kind, &self.code].iter().any(|words| !words.is_empty())
    }
}

/// Reads the body of a refusal; empty if it is in no known form.
pub(super) fn read_refusal(body: &[u8]) -> WireRefusal {
    #[derive(Deserialize)]
    struct Envelope {
        error: WireError,
    }
    // Some put it into a list. That is tried first, since a list also reads as an object's fields.
    let list = serde_json::from_slice::<Vec<Envelope>>(body);
    let envelope = match list {
        Ok(mut list) => list.pop(),
        Err(_) => serde_json::from_slice(body).ok(),
    };
    // Others put it into nothing.
    let bare =
        || serde_json::from_slice(body).ok().filter(|_| body.trim_ascii_start().starts_with(b"{"));
    let error = envelope.map(|envelope| envelope.error).or_else(bare);
    error.map(WireError::into).unwrap_or_default()
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum WireError {
    Object {
        message: Option<serde_json::Value>,
        /// What some servers say in its place.
        detail: Option<serde_json::Value>,
        #[serde(rename = "type")]
        kind: Option<String>,
        code: Option<Code>,
        /// What gateways add, in a form of their own.
        metadata: Option<serde_json::Value>,
    },
    Text(String),
    /// In no known form.
    Other(serde::de::IgnoredAny),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Code {
    Text(String),
    Number(i64),
}

impl From<WireError> for WireRefusal {
    fn from(error: WireError) -> Self {
        match error {
            WireError::Object { message, detail, kind, code, metadata } => Self {
                is_flagged: member(metadata.as_ref(), "flagged_input").is_some(),
                limit_source: member(metadata.as_ref(), "limit_source").unwrap_or_default(),
                headers: metadata.as_ref().map(headers).unwrap_or_default(),
                message: message.or(detail).map(words).unwrap_or_default(),
                kind: kind.unwrap_or_default(),
                code: match code {
                    Some(Code::Text(text)) => text,
                    Some(Code::Number(number)) => number.to_string(),
                    None => String::new(),
                },
            },
            WireError::Text(message) => Self { message, ..Self::default() },
            WireError::Other(_) => Self::default(),
        }
    }
}

/// What is said for people, in whatever form.
fn words(said: serde_json::Value) -> String {
    match said {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The text that `object` holds by that name.
fn member(object: Option<&serde_json::Value>, name: &str) -> Option<String> {
    Some(object?.get(name)?.as_str()?.to_owned())
}

/// The headers that `metadata` tells of.
fn headers(metadata: &serde_json::Value) -> HeaderMap {
    let told = metadata.get("headers").and_then(serde_json::Value::as_object);
    let header = |(name, value): (&String, &serde_json::Value)| {
        let value = HeaderValue::from_str(&words(value.clone())).ok()?;
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
    };
    told.into_iter().flatten().filter_map(header).collect()
}

/// `text`, unless there is nothing in it; some send empty fields in place of absent ones.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
